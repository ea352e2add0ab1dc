// The editor's background work runs in workers of this server's own; build.js puts their addresses in.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKERS[label] ?? WORKERS.editor, { name: label }),
};
