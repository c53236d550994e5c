/** Shows what a choice elsewhere on the page changed: else nobody sees that anything did. Beneath the header, see `.sight`. */
export function intoSight(id: string): void {
  document.getElementById(id)?.scrollIntoView({ block: "nearest" });
}
