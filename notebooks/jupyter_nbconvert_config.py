"""Executing notebooks of the Deno kernel, and pages that fetch nothing."""

from queue import Empty

import nbclient
from nbclient.exceptions import CellExecutionComplete
from nbclient.util import ensure_async

c = get_config()  # noqa: F821

c.ExecutePreprocessor.timeout = 300
c.HTMLExporter.require_js_url = ""
c.HTMLExporter.mathjax_url = ""
c.HTMLExporter.jquery_url = ""
c.HTMLExporter.mermaid_js_url = ""


async def poll_outputs(self, parent_msg_id, cell, cell_index):
    """Waits a little for outputs after the kernel says that it is idle.

    The kernel sometimes says so before it sends the result, and nbclient would then drop it (2 to 4 of 11 outputs).
    """
    idle = False
    while True:
        try:
            message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=0.25 if idle else None))
        except Empty:
            return
        if message["parent_header"].get("msg_id") != parent_msg_id:
            continue
        try:
            self.process_message(message, cell, cell_index)
        except CellExecutionComplete:
            idle = True


nbclient.NotebookClient._async_poll_output_msg = poll_outputs
