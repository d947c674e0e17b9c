/** A worker: sha256 of files, one after the other, so that the page stays quick. Posts {place, sha256} for each. */
self.onmessage = async ({ data: files }) => {
  for (const [place, file] of files.entries()) {
    try {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      self.postMessage({ place, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') });
    } catch {
      self.postMessage({ place, sha256: '' }); // gone from the disk meanwhile: sending it will say so
    }
  }
  self.postMessage({ done: true });
};
