// A phone's keyboard takes away half of the screen. Where it makes the page smaller by itself (interactive-widget in
// app.html) there is nothing to do; elsewhere (iOS) it lies over the page, which the browser then pushes up, head and
// all. So while a room is open, the app is as tall as what can be seen, and the page is kept where it was.
export function keepAboveKeyboard(): (() => void) | undefined {
  const view = window.visualViewport;
  if (!view) return;
  const root = document.documentElement;
  const fit = () => {
    if (view.scale > 1.01) return; // somebody has zoomed in to read
    root.style.setProperty('--screen-height', `${Math.round(view.height)}px`);
    if (window.scrollY !== 0 || view.offsetTop > 0) window.scrollTo(0, 0);
  };
  view.addEventListener('resize', fit);
  view.addEventListener('scroll', fit);
  fit();
  return () => {
    view.removeEventListener('resize', fit);
    view.removeEventListener('scroll', fit);
    root.style.removeProperty('--screen-height');
  };
}
