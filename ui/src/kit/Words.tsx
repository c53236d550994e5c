/** Words of the server: what stands between backticks is to be typed as it is. */
export function Words({ text }: { text: string }) {
  // The odd parts are what the group holds; a backtick without its other stays as it is.
  return <>{text.split(/`([^`]+)`/).map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}
