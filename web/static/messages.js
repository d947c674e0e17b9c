/**
 * Writing a message: a placeholder's button puts it where the cursor was. The preview follows by itself (htmx), so that its
 * button is for those without scripts. Loaded by messages_template.html.
 */

const fields = [...document.querySelectorAll('#subject, #body')];
let last = document.querySelector('#body');

for (const field of fields) field.addEventListener('focus', () => { last = field; });

function insert(text) {
  if (!last || last.readOnly) return;
  last.setRangeText(text, last.selectionStart ?? last.value.length, last.selectionEnd ?? last.value.length, 'end');
  last.focus();
  last.dispatchEvent(new Event('input', { bubbles: true }));
}

for (const button of document.querySelectorAll('[data-insert]')) {
  button.addEventListener('click', () => insert(button.dataset.insert));
}
for (const button of document.querySelectorAll('[data-plain]')) button.hidden = true;
