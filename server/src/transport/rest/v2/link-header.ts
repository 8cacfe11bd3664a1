/** `Link` to the next page of a list (RFC 8288): the same request with another cursor. */
export function toLinkToNext(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  // `<` and `>` cannot occur: a parsed URL has them escaped.
  return `<${path.replaceAll(/[<>"\s]/g, '')}?${parameters.toString()}>; rel="next"`;
}
