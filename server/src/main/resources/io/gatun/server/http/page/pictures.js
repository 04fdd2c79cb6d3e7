const chosen = [];

/** The pictures to be sent, as data: URIs. */
export function pictures() {
  return chosen;
}

/** Takes pictures that are dropped on or pasted into a form, or chosen by its file input. */
export function takePictures(form, input, list, explain) {
  const add = files => [...files].filter(file => file.type.startsWith('image/')).forEach(file => read(file, list, explain));
  input.addEventListener('change', () => {
    add(input.files);
    input.value = '';
  });
  form.addEventListener('paste', event => add(event.clipboardData.files));
  for (const type of ['dragenter', 'dragover']) {
    form.addEventListener(type, event => {
      event.preventDefault();
      form.classList.add('dropping');
    });
  }
  form.addEventListener('dragleave', () => form.classList.remove('dropping'));
  form.addEventListener('drop', event => {
    event.preventDefault();
    form.classList.remove('dropping');
    add(event.dataTransfer.files);
  });
}

function read(file, list, explain) {
  const reader = new FileReader();
  reader.addEventListener('load', () => {
    chosen.push(reader.result);
    list.append(thumbnail(reader.result, file.name));
  });
  reader.addEventListener('error', () => explain(`${file.name} cannot be read: ${reader.error.message}`));
  reader.readAsDataURL(file);
}

function thumbnail(url, name) {
  const button = Object.assign(document.createElement('button'), { type: 'button', title: `Leave ${name} out` });
  button.append(Object.assign(new Image(), { src: url, alt: name }));
  button.addEventListener('click', () => {
    chosen.splice(chosen.indexOf(url), 1);
    button.remove();
  });
  return button;
}
