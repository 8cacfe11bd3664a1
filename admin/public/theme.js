// Runs before the first paint, so that a dark page does not flash white, and the first frame is that of the page. It is a file because the content
// security policy blocks inline scripts.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('tocsin-theme');
    if (localStorage.getItem('tocsin-signed-in') !== null) document.documentElement.dataset.signedIn = '';
  } catch {
    // Without storage, follow the system.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
  // Beside the code of the page, which reads it.
  const session = fetch('/session');
  session.catch(() => undefined);
  window.tocsinSession = session;
})();
