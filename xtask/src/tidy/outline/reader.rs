//! The walk over a source's syntax that fills an outline.

use super::{Definition, Function, Mention, Outline, Sort};
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Fills `outline` from `file`, whose source is `text`.
pub(super) fn read(outline: Outline, file: &syn::File, text: &str) -> Outline {
    let in_test = outline.test_file;
    let mut reader = Reader {
        outline,
        text: text.lines().collect(),
        in_test,
        in_foreign_impl: false,
    };
    reader.outline.public_count = file.items.iter().map(public_count).sum();
    reader.visit_file(file);
    reader.outline
}

struct Reader<'a> {
    outline: Outline,
    text: Vec<&'a str>,
    in_test: bool,
    in_foreign_impl: bool,
}

impl Reader<'_> {
    fn mention(&mut self, segments: Vec<String>, line: usize, binds: Option<String>) {
        if !self.in_test {
            self.outline.mentions.push(Mention {
                segments,
                line,
                binds,
            });
        }
    }

    fn define(&mut self, name: &syn::Ident, sort: Sort, is_test: bool) {
        let line = name.span().start().line;
        self.outline.definitions.push(Definition {
            name: name.to_string(),
            line,
            sort,
            is_test,
        });
    }

    fn function(&mut self, signature: &syn::Signature, body: Option<&syn::Block>, is_test: bool) {
        if !self.in_foreign_impl {
            self.define(&signature.ident, Sort::Function, is_test);
        }
        if self.in_test {
            return;
        }
        if let Some(word) = &signature.asyncness {
            self.outline.asyncs.push(word.span().start().line);
        }
        if let Some(body) = body {
            let (first, last) = (body.brace_token.span.open(), body.brace_token.span.close());
            let within = first.start().line..last.start().line.saturating_sub(1);
            let is_code = |line: &&&str| !line.trim().is_empty() && !line.trim().starts_with("//");
            let lines = self
                .text
                .get(within)
                .unwrap_or_default()
                .iter()
                .filter(is_code)
                .count();
            let line = signature.fn_token.span.start().line;
            self.outline.functions.push(Function {
                name: signature.ident.to_string(),
                line,
                lines,
            });
        }
    }

    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String], line: usize) {
        let with = |name: &syn::Ident| {
            (
                [before, &[name.to_string()]].concat(),
                name.span().start().line,
            )
        };
        match tree {
            syn::UseTree::Path(path) => {
                let (segments, line) = with(&path.ident);
                self.use_tree(&path.tree, &segments, line);
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.mention(before.to_vec(), line, before.last().cloned());
            }
            syn::UseTree::Name(name) => {
                let (segments, line) = with(&name.ident);
                self.mention(segments, line, Some(name.ident.to_string()));
            }
            syn::UseTree::Rename(name) => {
                let (segments, line) = with(&name.ident);
                self.mention(segments, line, Some(name.rename.to_string()));
            }
            syn::UseTree::Glob(_) => self.mention(before.to_vec(), line, None),
            syn::UseTree::Group(group) => {
                group
                    .items
                    .iter()
                    .for_each(|item| self.use_tree(item, before, line));
            }
        }
    }

    /// Paths inside a macro's arguments, which have no syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut segments, mut colons, mut line) = (Vec::new(), 0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.path_ends(&mut segments, line);
                        line = ident.span().start().line;
                    }
                    segments.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            self.path_ends(&mut segments, line);
            colons = 0;
        }
        self.path_ends(&mut segments, line);
    }

    fn path_ends(&mut self, segments: &mut Vec<String>, line: usize) {
        if segments.len() > 1 {
            self.mention(std::mem::take(segments), line, None);
        }
        segments.clear();
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let was_test = self.in_test;
        if !was_test && attributes(item).iter().any(is_cfg_test) {
            self.in_test = true;
            self.outline
                .test_lines
                .push(item.span().start().line..=item.span().end().line);
        }
        visit::visit_item(self, item);
        self.in_test = was_test;
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let is_test = item
            .attrs
            .iter()
            .any(|a| a.path().segments.last().is_some_and(|s| s.ident == "test"));
        self.function(&item.sig, Some(&item.block), is_test);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, Some(&item.block), false);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref(), false);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        // Names in an impl of a trait are the trait's choice.
        self.in_foreign_impl = item.trait_.is_some();
        visit::visit_item_impl(self, item);
        self.in_foreign_impl = false;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident, Sort::Type, false);
        if !self.in_test {
            let methods = item
                .items
                .iter()
                .filter(|i| matches!(i, syn::TraitItem::Fn(_)))
                .count();
            self.outline.traits.push((
                item.ident.to_string(),
                item.ident.span().start().line,
                methods,
            ));
        }
        visit::visit_item_trait(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident, Sort::Type, false);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident, Sort::Type, false);
        if !self.in_test {
            let line = item.ident.span().start().line;
            self.outline
                .enums
                .push((item.ident.to_string(), line, item.variants.len()));
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident, Sort::Type, false);
        visit::visit_item_type(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.define(&item.ident, Sort::Module, false);
        if self.in_test && item.content.is_none() {
            self.outline.test_modules.push(item.ident.to_string());
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.define(&variant.ident, Sort::Value, false);
        visit::visit_variant(self, variant);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(name) = &field.ident {
            self.define(name, Sort::Value, false);
        }
        visit::visit_field(self, field);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.define(&pattern.ident, Sort::Value, false);
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[], item.use_token.span.start().line);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let line = path
            .segments
            .first()
            .map_or(0, |s| s.ident.span().start().line);
        let segments = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.mention(segments, line, None);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        if !self.in_test {
            self.outline
                .asyncs
                .push(block.async_token.span.start().line);
        }
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_await(&mut self, wait: &'ast syn::ExprAwait) {
        if !self.in_test {
            self.outline.asyncs.push(wait.await_token.span.start().line);
        }
        visit::visit_expr_await(self, wait);
    }
}

/// How many names a top-level item makes public.
fn public_count(item: &syn::Item) -> usize {
    use syn::Item::{Const, Enum, Fn, Mod, Static, Struct, Trait, Type, Use};
    fn leaves(tree: &syn::UseTree) -> usize {
        match tree {
            syn::UseTree::Path(path) => leaves(&path.tree),
            syn::UseTree::Group(group) => group.items.iter().map(leaves).sum(),
            _ => 1,
        }
    }
    let (visibility, names) = match item {
        Use(item) => (&item.vis, leaves(&item.tree)),
        Const(item) => (&item.vis, 1),
        Enum(item) => (&item.vis, 1),
        Fn(item) => (&item.vis, 1),
        Mod(item) => (&item.vis, 1),
        Static(item) => (&item.vis, 1),
        Struct(item) => (&item.vis, 1),
        Trait(item) => (&item.vis, 1),
        Type(item) => (&item.vis, 1),
        _ => return 0,
    };
    if matches!(visibility, syn::Visibility::Public(_)) {
        names
    } else {
        0
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item::{Const, Enum, Fn, Impl, Mod, Static, Struct, Trait, Type, Use};
    match item {
        Const(syn::ItemConst { attrs, .. })
        | Enum(syn::ItemEnum { attrs, .. })
        | Fn(syn::ItemFn { attrs, .. })
        | Impl(syn::ItemImpl { attrs, .. })
        | Mod(syn::ItemMod { attrs, .. })
        | Static(syn::ItemStatic { attrs, .. })
        | Struct(syn::ItemStruct { attrs, .. })
        | Trait(syn::ItemTrait { attrs, .. })
        | Type(syn::ItemType { attrs, .. })
        | Use(syn::ItemUse { attrs, .. }) => attrs,
        _ => &[],
    }
}
