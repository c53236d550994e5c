/** A name for what a page shows: the part of its address after the question mark. */
export interface View {
  name: string;
  search: string;
}

const VIEWS_MAX = 50;

/** A view of the same name is replaced. */
export function saved(views: readonly View[], view: View): View[] {
  return [view, ...views.filter((v) => v.name !== view.name)].slice(0, VIEWS_MAX);
}
