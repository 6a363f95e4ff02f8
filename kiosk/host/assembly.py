"""One outlet put together: each part is made with what it needs of the others. Nothing runs yet."""

from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from kiosk import rights
from kiosk.host.data.data_folder import DataFolder
from kiosk.host.link.enrolling import ByCamera
from kiosk.host.link.identity import office_url
from kiosk.host.link.office_routes import Enrol, OfficeRoutes
from kiosk.host.link.peers import Peers
from kiosk.host.link.syncing import Syncing
from kiosk.host.link.telling import report
from kiosk.host.prints.labels import Labels, own_templates
from kiosk.host.prints.previews import Previews
from kiosk.host.prints.printing import Printing
from kiosk.host.prints.receipt_page import ReceiptPage
from kiosk.host.prints.receipt_settings import TEMPLATE, Receipt
from kiosk.host.settings import LabelPrinter, Printer, Settings
from kiosk.host.stamps.aiming import Aiming
from kiosk.host.stamps.judging import Judge
from kiosk.host.stamps.outlet import Outlet
from kiosk.host.stamps.photos import Photos
from kiosk.host.stamps.scanning import Scanning
from kiosk.host.stock.stocking import Stocking
from kiosk.host.tills.selling import Selling
from kiosk.host.web import shopper
from kiosk.host.web.access import Sessions, has
from kiosk.host.web.events import Hub
from kiosk.host.web.guard import Guard
from kiosk.host.web.staff import StaffPages


class Assembly:
    """The parts of the outlet whose data `folder` holds. `config` is the path of outlet.toml; `enrol` makes this device
    one of an office's."""

    def __init__(self, settings: Settings, config: Path, folder: DataFolder, enrol: Enrol) -> None:
        self._settings = settings
        self._folder = folder
        self._enrol = enrol
        db, writer, clock = folder.db, folder.writer, folder.clock
        self.shopper_events, self.staff_events = Hub("products"), Hub("status", "basket")
        publish = self.staff_events.publish
        self.receipt = Receipt(db, writer, settings.shop, config.parent / TEMPLATE, clock.moment)
        self.printing = self._printing(settings.printer)
        self.label_printing = self._printing(settings.label_printer)
        peers = Peers(db, writer, lambda: clock.moment().at)
        self.syncing = self._syncing(peers)
        judge = Judge(db, folder.held, clock, writer.device)
        self.selling = Selling(
            db, writer, judge, peers, self.printing, self.syncing, clock, self.receipt, settings, publish
        )
        stocking = Stocking(
            db,
            writer,
            judge,
            self.selling.goods,
            self.printing,
            clock,
            self.receipt,
            publish,
            self.selling.till.wake_sync,
        )
        self.outlet = Outlet(
            settings,
            clock,
            writer,
            folder.source,
            judge,
            self.selling,
            stocking,
            self.printing,
            self.syncing,
            self.shopper_events,
            self.staff_events,
        )
        if self.syncing is not None:
            photos = Photos(folder.path / "photos", folder.held, self.syncing.photo, self._changed)
            self.outlet.photos, self.selling.goods.shown = photos, photos.has
        self.scanning = Scanning(config, self.outlet.read, self._changed)
        self.outlet.readers = self.scanning.readers
        self.outlet.by_camera = ByCamera(enrol, folder.known is None, self._changed)
        self.sessions = Sessions(db)
        self.outlet.attended = self.sessions.anybody
        self._previews = Previews()
        own = own_templates(db, writer, config.parent)
        self._labels = Labels(
            judge,
            self.label_printing,
            self._previews,
            settings.label_printer,
            writer,
            clock.moment,
            own,
            db,
            self.selling.prices,
        )
        self.selling.prices.changed = self._labels.price_changed

    def shopper_app(self) -> web.Application:
        """What the shopper's listener serves."""
        return shopper.listener(self.outlet, self.shopper_events)

    def staff_app(self) -> web.Application:
        """What the staff's listener serves."""
        receipt = ReceiptPage(self.receipt, self._previews, self._settings.printer, self._changed)
        pages = StaffPages(
            self.outlet, self.sessions, self.staff_events, Aiming(self.scanning), receipt, self._labels
        )
        app, db = pages.listener(), self._folder.db
        office = OfficeRoutes(
            self.syncing,
            self._enrol,
            Guard(self.sessions),
            lambda: not has(db, rights.TECHNICIAN),
            self._folder.source.waiting,
        )
        app.add_routes(office.routes())
        return app

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run, each until it is cancelled."""
        running = [self.printing.run(), self.label_printing.run()]
        if self._settings.reader:
            running.append(self.scanning.run())
        if self.syncing is not None:
            running.append(self.syncing.run())
        if self.outlet.photos is not None:
            running.append(self.outlet.photos.run())
        return running

    def close_with(self, stack: AsyncExitStack) -> None:
        """Have `stack` write down what was counted, and end the processes that the parts started."""
        stack.push_async_callback(self.printing.stop)
        stack.callback(self.outlet.scans.end_hour)
        for part in (self.scanning, self._previews, self.label_printing):
            stack.push_async_callback(part.stop)

    def _printing(self, printer: Printer | LabelPrinter) -> Printing:
        folder, publish = self._folder, self.staff_events.publish
        return Printing(folder.writer, printer, folder.clock.moment, publish, self.receipt.look)

    def _syncing(self, peers: Peers) -> Syncing | None:
        """None before this device is an office's, and where none is named."""
        folder = self._folder
        url = office_url(folder.db, self._settings.office.url)
        if folder.known is None or not url:
            return None
        return Syncing(
            folder.path,
            folder.writer,
            folder.source,
            folder.key,
            *folder.known,
            folder.held,
            url,
            folder.clock,
            peers,
            self._changed,
            lambda: report(self.outlet.status(), folder.source.acknowledged(), folder.path),
        )

    def _changed(self) -> None:
        self.outlet.changed()
