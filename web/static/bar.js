/** The bar's "More": Escape closes it and gives the focus back, so does looking elsewhere. */

const more = document.querySelector('.more');

if (more) {
  const summary = more.querySelector('summary');
  more.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !more.open) return;
    more.open = false;
    summary.focus();
  });
  more.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !more.contains(relatedTarget)) more.open = false;
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!more.contains(target)) more.open = false;
  });
}
