// The worker of the check page: Python, the standalone validator, and one file at a time.
// It loads nothing: what Python asks for is in the message that starts it.
(() => {
const decoded = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const unpacked = async (text) => {
  const packed = new Blob([decoded(text)]).stream();
  const stream = packed.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const PREPARE = `
import json, os, sys
sys.path.insert(0, "/program")
import validator
from xacle_eval.hosting.standalone import check_files
from xacle_eval.text import json_text

challenge = json.loads(validator.CHALLENGE)
os.makedirs("/files")
os.chdir("/files")

def check(name):
    return json_text(check_files([name], challenge), None)
`;

let python;

const prepare = async (parts) => {
  const files = {
    "pyodide.asm.wasm": await unpacked(parts.runtime),
    "python_stdlib.zip": decoded(parts.stdlib),
  };
  globalThis.fetch = async (address) => {
    const name = String(address.url ?? address).split("/").pop();
    if (!(name in files)) throw new TypeError(`${name} is not in this page`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/zip";
    return new Response(files[name], { headers: { "content-type": type } });
  };
  python = await loadPyodide({
    indexURL: "memory:/",
    createPyodideModule,
    lockFileContents: JSON.parse(atob(parts.lock)),
  });
  python.FS.mkdirTree("/program");
  python.FS.writeFile("/program/validator.py", await unpacked(parts.validator));
  python.runPython(PREPARE);
};

const check = (name, bytes) => {
  // A file in memory, so that it is opened and read as everywhere.
  const path = `/files/${name}`;
  python.FS.writeFile(path, bytes);
  try {
    return JSON.parse(python.globals.get("check")(name));
  } finally {
    python.FS.unlink(path);
  }
};

self.onmessage = async ({ data }) => {
  try {
    if (data.parts) {
      await prepare(data.parts);
      self.postMessage({ ready: true });
    } else {
      self.postMessage({ document: check(data.name, data.bytes) });
    }
  } catch (error) {
    self.postMessage({ failure: String(error) });
  }
};
})();
