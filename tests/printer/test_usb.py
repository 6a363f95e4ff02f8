"""USB through pyusb's own code, with a bus of ours below it."""

import array
from types import SimpleNamespace

import pytest
import usb.backend
import usb.core

from printer.host import conversation, languages
from printer.host.conversation import Known
from printer.host.devices import connect

DATA = b"\x1b@Hello\n\x1dVB\x00"


class Bus(usb.backend.IBackend):
    """One printer (0483:070b) whose endpoints are not those that python-escpos takes for granted."""

    def __init__(self):
        self.got, self.said = bytearray(), []
        self.takes = 1 << 30  # bytes until it takes no more
        self.answers = True

    def enumerate_devices(self):
        return [self]

    def get_parent(self, dev):
        return None

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=0x0483, idProduct=0x070B, bcdDevice=1, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if alt or intf:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2,
            bInterfaceClass=7, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(0x03, 0x84)[ep], bmAttributes=2,
            wMaxPacketSize=64, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev):
        return self

    def get_configuration(self, handle):
        return 1

    def close_device(self, handle):
        pass

    reset_device = close_device

    def set_configuration(self, handle, value):
        pass

    def claim_interface(self, handle, number):
        pass

    def release_interface(self, handle, number):
        pass

    def bulk_write(self, handle, endpoint, number, data, timeout):
        assert endpoint == 0x03
        data = bytes(data)
        if len(self.got) + len(data) > self.takes:
            raise usb.core.USBTimeoutError("Operation timed out", -7, 110)
        if data[:2] == b"\x10\x04":
            self.said += [b"", bytes((0x12,))] if self.answers else []
            return len(data)
        if self.answers and b"\x1dr\x01" in data:
            self.said += [b"", b"", b"\x00"]
        self.got += data
        return len(data)

    def bulk_read(self, handle, endpoint, number, buffer, timeout):
        assert endpoint == 0x84
        if not self.said:
            raise usb.core.USBTimeoutError("Operation timed out", -7, 110)
        part = array.array("B", self.said.pop(0))
        buffer[: len(part)] = part
        return len(part)


@pytest.fixture
def bus(monkeypatch):
    made = Bus()
    find = usb.core.find
    monkeypatch.setattr(usb.core, "find", lambda **wanted: find(backend=made, **wanted))
    for name, seconds in (("STALL", 0.2), ("POLL", 0.02), ("FIRST", 0.1), ("PROOF", 0.2)):
        monkeypatch.setattr(conversation, name, seconds)
    monkeypatch.setattr(languages, "ANSWER", 0.1)
    return made


def deliver(known=Known(), data=DATA):  # noqa: B008 - frozen
    return connect("usb:0483:070b").deliver(data, "escpos", known)


def test_a_printer_that_confirms_the_job(bus):
    outcome = deliver(Known(answers=True, proof="paper"))
    assert (outcome.state, outcome.proof) == ("printed", "printer")
    assert bytes(bus.got) == DATA + b"\x1dr\x01"


def test_a_printer_that_takes_no_more_in_the_middle(bus):
    bus.takes = 2000
    outcome = deliver(Known(answers=True, proof="paper"), b"x" * 5000)
    assert outcome.state == "unknown" and outcome.known.unsettled


def test_a_silent_printer_that_answered_before_gets_nothing(bus):
    bus.answers = False
    outcome = deliver(Known(answers=True, proof="paper"))
    assert outcome.state == "not_printed" and bytes(bus.got) == b""


def test_another_printer_is_not_this_one(bus):
    outcome = connect("usb:04b8:0202").deliver(DATA, "escpos", Known())
    assert outcome.state == "not_printed" and "not found" in outcome.detail


def test_without_libusb_it_says_what_to_install(monkeypatch):
    def find(**_):
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", find)
    outcome = deliver()
    assert outcome.state == "not_printed" and "libusb" in outcome.detail
