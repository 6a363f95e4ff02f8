"""Printers, written by printer/host/make_profiles.py: do not edit.

One a line: name, cells, dots across, dots of a cell, pages (number and sign), words. From
escpos-printer-db as python-escpos 3.1 ships it (MIT), with the corrections of
printer/host/profiles.toml.
"""

PRINTERS = """
CT-S651|48|576|12|30l 31u 9w|inline qr barcode cut glyphs
KR-306|48|576|12|11w 2b 13c 0a|inline qr barcode cut chinese
NT-5890K|32|384|12|27v 16w 2b 18c 0a|inline chinese
NT-80-V-UL|48|576|12|94v 16w 2b 18c 0a|inline qr barcode cut chinese
P822D|42|576|12|16w 2b 18c 0a|inline qr barcode cut chinese
POS-5890|32|384|12|27v 16w 2b 18c 0a|chinese inline
RP-F10-58mm|36|432|12|16w 2b 18c 0a|inline qr barcode cut
RP-F10-80mm|48|576|12|16w 2b 18c 0a|inline qr barcode cut
RP326|42|504|12|35v 16w 2b 18c 0a|inline qr barcode cut chinese
SP2000|42|504|12|32w 4b 5c 0a|inline qr barcode cut
Sunmi-V2|32|384|12|16w 2b 18c 0a|picture qr barcode chinese
T-1|42|504|12|2b 0a|inline qr barcode cut
TEP-200M|42|504|12|30l 31u 52v|inline qr barcode cut
TH230|44|576|13|8w 1b 2c 0a|inline barcode cut glyphs
TH230Plus|44|576|13|8w 1b 2c 0a|inline qr barcode cut glyphs
TM-L90|48|576|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-P80|48|576|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-P80-42col|42|546|13|30l 31u 52v|inline qr barcode cut glyphs positions
TM-T20II|48|576|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-T20II-42col|42|546|13|30l 31u 52v|inline qr barcode cut glyphs positions
TM-T20III|48|576|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-T88II|42|512|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-T88III|42|512|12|16w 2b 0a|inline qr barcode cut glyphs positions
TM-T88IV|42|512|12|16w 2b 18c 0a|inline qr barcode cut glyphs positions keeps
TM-T88IV-SA|42|512|12|30l 31u|inline qr barcode cut glyphs positions
TM-T88V|42|512|12|30l 31u 52v|inline qr barcode cut glyphs positions
TM-U220|40|400|10|0a|bands
TM-U220B|40|400|10|0a|bands cut
TM-m30III|48|576|12|30l 31u 52v|inline qr barcode cut glyphs positions
TSP600|42|576|12|32w 4b 5c 0a|inline qr barcode cut
TUP500|42|504|12|32w 4b 5c 0a|inline qr barcode cut
ZJ-5870|32|384|12|16w 2b 18c 0a|picture chinese nozoom
default|42|512|12||inline cut
plain|48|576|12||inline cut
plain-58|32|384|12||inline cut
simple|42|512|12|0a|picture
tcvn|48|576|12|30l 31u 52v|inline qr barcode cut positions
virtual|48|576|12|30l 31u 52v|inline qr barcode cut positions
"""
