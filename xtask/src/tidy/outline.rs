//! What the rules need to know of a Rust source, read once.

use proc_macro2::{TokenStream, TokenTree};
use std::ops::RangeInclusive;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A Rust source, tests told apart.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Whether the whole file is tests.
    pub(super) test_file: bool,
    /// Modules in files of their own that are declared under `#[cfg(test)]`.
    pub(super) test_modules: Vec<String>,
    /// Lines of items under `#[cfg(test)]`.
    pub(super) test_lines: Vec<RangeInclusive<usize>>,
    /// Whether it opens with `//!`.
    pub(super) has_module_doc: bool,
    /// Every path named outside tests.
    pub(super) mentions: Vec<Mention>,
    /// Lines where something is async, outside tests.
    pub(super) asyncs: Vec<usize>,
    /// Every name given.
    pub(super) definitions: Vec<Definition>,
    /// Functions outside tests.
    pub(super) functions: Vec<Function>,
    /// Traits outside tests: name, line, methods.
    pub(super) traits: Vec<(String, usize, usize)>,
}

/// A path such as `crate::kind::Kind`.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
    /// The name that a `use` binds.
    pub(super) binds: Option<String>,
}

/// A name given to something of ours.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) sort: Sort,
    /// Whether it carries `#[test]`.
    pub(super) is_test: bool,
}

/// What a name was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Function,
    Type,
    Module,
    Value,
}

/// A function and how long it is.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    /// Lines of its body that are neither blank nor comment, as clippy counts them.
    pub(super) lines: usize,
}

impl Outline {
    /// Reads the source `text`; `test_file` tells that all of it is tests.
    pub(super) fn of(text: &str, test_file: bool) -> Result<Self, String> {
        let file =
            syn::parse_file(text).map_err(|e| format!("line {}: {e}", e.span().start().line))?;
        let mut reader = Reader {
            text: text.lines().collect(),
            ..Reader::default()
        };
        reader.outline.test_file = test_file;
        reader.outline.has_module_doc = text.trim_start().starts_with("//!");
        reader.in_test = test_file;
        reader.visit_file(&file);
        Ok(reader.outline)
    }

    /// How many of `total` lines are tests.
    pub(super) fn test_line_count(&self, total: usize) -> usize {
        if self.test_file {
            total
        } else {
            self.test_lines.iter().cloned().map(Iterator::count).sum()
        }
    }
}

#[derive(Default)]
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
            let line = signature.span().start().line;
            self.outline.functions.push(Function {
                name: signature.ident.to_string(),
                line,
                lines,
            });
        }
    }

    fn use_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let line = tree.span().start().line;
        let with = |name: String| [before, &[name]].concat();
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&path.tree, &with(path.ident.to_string())),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.mention(before.to_vec(), line, before.last().cloned());
            }
            syn::UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.mention(with(name.clone()), line, Some(name));
            }
            syn::UseTree::Rename(name) => {
                let binds = Some(name.rename.to_string());
                self.mention(with(name.ident.to_string()), line, binds);
            }
            syn::UseTree::Glob(_) => self.mention(before.to_vec(), line, None),
            syn::UseTree::Group(group) => {
                group
                    .items
                    .iter()
                    .for_each(|item| self.use_tree(item, before));
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
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.mention(segments, path.span().start().line, None);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_apart_from_code() {
        let text = "//! A.\nuse std::{env, fs as files};\nfn f() {\n    // why\n    g(a::b::c);\n\n}\n\
                    #[cfg(test)]\nmod tests {\n    use std::process;\n    #[test]\n    fn test_f() {}\n}\n";
        let outline = Outline::of(text, false).unwrap();
        let mentions: Vec<_> = outline
            .mentions
            .iter()
            .map(|m| (m.segments.join("::"), m.line))
            .collect();
        let expected = [("std::env", 2), ("std::fs", 2), ("g", 5), ("a::b::c", 5)];
        assert_eq!(
            mentions,
            expected.map(|(path, line)| (path.to_owned(), line))
        );
        assert_eq!(outline.mentions[1].binds.as_deref(), Some("files"));
        assert_eq!(
            (outline.functions.len(), outline.functions[0].lines),
            (1, 1)
        );
        assert_eq!(outline.test_line_count(13), 6);
        assert!(outline.has_module_doc);
        assert!(
            outline
                .definitions
                .iter()
                .any(|d| d.name == "test_f" && d.is_test)
        );
    }

    #[test]
    fn paths_inside_macros_are_seen() {
        let outline = Outline::of(
            "fn f() { println!(\"{}\", std::env::args().len()); }",
            false,
        )
        .unwrap();
        assert!(
            outline
                .mentions
                .iter()
                .any(|m| m.segments == ["std", "env", "args"])
        );
    }
}
