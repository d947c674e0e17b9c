/** Lists in which several can be chosen: one box chooses all of the page. Without this script each has its own box. */

for (const form of document.querySelectorAll('[data-picks]')) {
  const all = form.querySelector('[data-all]');
  const boxes = [...form.querySelectorAll('input[type="checkbox"][name]')];
  if (!all) continue;
  all.closest('label').hidden = false;
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
  });
  form.addEventListener('change', ({ target }) => {
    if (target === all) return;
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  });
}
