"""Pictures of what would print, made by a print worker of their own, so that no receipt waits for them."""

import asyncio
import base64
from typing import Any

from kiosk.host.children import Child, ChildEndedError
from kiosk.host.web.problems import Problem

PATIENCE = 20.0  # seconds
IDLE = "30"  # seconds without a question until the worker ends


class Previews:
    """Asks the worker, one question after the other."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._one_at_a_time = asyncio.Lock()
        self._asked = 0

    async def picture(self, job: dict[str, Any]) -> bytes:
        """The PNG of a job of `printer.host.jobs`. Raises Problem 422 for a job that is wrong, 503."""
        return base64.b64decode((await self.ask(job))["picture"])

    async def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The worker's whole answer. Raises as `picture`."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self._answer(job)
            except (ChildEndedError, OSError, TimeoutError) as error:
                await self.stop()
                raise Problem(
                    503,
                    "no_preview",
                    "Chưa vẽ được hình xem trước; hãy thử lại. / No preview now; try again.",
                ) from error
        if answer["state"] != "shown":
            raise Problem(422, "cannot_print", answer["detail"])
        return answer

    async def stop(self) -> None:
        """End the worker."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop()

    async def _answer(self, job: dict[str, Any]) -> dict[str, Any]:
        self._asked += 1
        while True:
            if self._child is None or not self._child.running:
                self._child = await Child.start("printer.host", "--idle", IDLE)
            try:
                await self._child.send(job | {"device": "show", "job": self._asked})
                while (answer := await self._child.receive()).get("job") != self._asked:
                    if "detail" in answer and answer.get("job") is None:
                        return answer  # a line that it could not read
                return answer
            except ChildEndedError as error:
                if error.code != 0:
                    raise
                # It went to rest just before the question came.
                self._child = None
