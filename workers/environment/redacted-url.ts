/** URLs for people: channels may carry a password or an anaconda token, messages may not. */

/** The URL without user, password, token, query and fragment. Text that is no URL is returned without its `user@`. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
    .replace(/\/t\/[^/?#]+/, '/t/********')
    .replace(/[?#].*$/s, '');
}
