// Where a test starts the hubs itself, a client that grows impatient starts this instead: it says that another one owns the home, and ends.
require('node:fs').writeSync(3, '{"state":"another"}');
