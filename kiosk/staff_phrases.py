"""The words for each verdict at the till: what it means, then what to do. Keys and values as in
`kiosk.phrases`; the till's action follows them (`kiosk.actions`).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

STAFF: "Final" = {
    "unreadable": (
        "Không đọc được mã",
        "Lau tem, quét lại gần hơn, hoặc nhập dãy số dưới mã QR.",
        "Code not readable",
        "Wipe the stamp, scan it from closer, or type the digits under the QR code.",
    ),
    "no_catalogue": (
        "Máy chưa có dữ liệu sản phẩm",
        "Xem kết nối mạng; máy tự tải dữ liệu khi có mạng. Chưa có dữ liệu thì không kiểm tra được tem.",
        "No product data yet",
        "Check the network; the data loads by itself once there is one. Without it no stamp can be checked.",
    ),
    "not_a_stamp": (
        "Không phải tem, không phải hàng của cửa hàng",
        "Tìm tem OCOP trên món hàng và quét tem.",
        "Not a stamp, nor goods of this shop",
        "Look for the OCOP stamp on the item and scan that.",
    ),
    "not_a_stamp/typed": (
        "Dãy số gõ vào chưa đúng",
        "So từng số với dãy số dưới mã QR, cả hai số cuối, rồi gõ lại.",
        "The digits are not right",
        "Compare them with those under the QR code, the last two included, and type them again.",
    ),
    "no_stamp": (
        "Hàng phải có tem, nhưng mã này không phải tem",
        "[{product}. ]Quét mã QR của tem. Nếu tem bị mất hoặc hỏng, máy cho biết có được bán không.",
        "Goods that carry stamps, but this is not the stamp",
        "[{product}. ]Scan the QR code of the stamp. If it is missing or spoilt, the till says whether the"
        " item may be sold.",
    ),
    "no_stamp/older": (
        "Tem kiểu cũ đã hết thời hạn dùng",
        "[{product}. ][Chỉ dùng đến hết ngày {older_until}. ]Tìm tem mới trên món hàng và quét; nếu không có,"
        " báo người phụ trách để gọi cơ sở sản xuất.",
        "A stamp of the old kind, no longer in use",
        "[{product}. ][It counted until {older_until}. ]Look for a new stamp on the item and scan that; if"
        " there is none, tell your supervisor, who calls the producer.",
    ),
    "plain_goods": (
        "Hàng không dán tem",
        "[{product}. ]Bán như hàng thường.",
        "Goods without stamps",
        "[{product}. ]Sold like any goods.",
    ),
    "unknown_key": (
        "Khóa phát hành tem chưa có trong máy",
        "Dữ liệu của máy có thể cũ: nối mạng rồi quét lại. Nếu dữ liệu vừa được xác nhận mới nhất thì tem"
        " này không do Văn phòng phát hành.",
        "The stamp's issuing key is not known here",
        "This machine's data may be old: go online and scan again. If the data is confirmed as the"
        " newest, the office did not issue this stamp.",
    ),
    "bad_signature": (
        "Chữ ký của tem không đúng",
        "Tem không do Văn phòng phát hành hoặc đã bị sửa. Để riêng món hàng và báo người phụ trách. Khách"
        " không có lỗi.",
        "The stamp's signature is wrong",
        "The office did not issue this stamp, or it was altered. Put the item aside and tell your"
        " supervisor. The customer is not to blame.",
    ),
    "stamp_void": (
        "Tem đã bị hủy",
        "Văn phòng đã hủy tem này. Để riêng món hàng và báo người phụ trách.",
        "The stamp is void",
        "The office has made this stamp void. Put the item aside and tell your supervisor.",
    ),
    "newer_than_catalogue": (
        "Tem mới hơn dữ liệu của máy",
        "Chữ ký đúng, nhưng máy chưa có thông tin của tem. Nối mạng rồi quét lại nếu được.",
        "The stamp is newer than this machine's data",
        "The signature is right, but its data is not here yet. Go online and scan again if you can.",
    ),
    "data_deleted": (
        "Dữ liệu của tem đã xóa",
        "[{product}. ]Hàng quá hạn trên một tháng hoặc thuộc đợt tem đã kết thúc. Lấy món hàng khỏi kệ.",
        "The stamp's data was deleted",
        "[{product}. ]More than a month past expiry, or of stamps that have ended. Take the item off the"
        " shelf.",
    ),
    "unknown_serial": (
        "Số tem không có trong dữ liệu",
        "Xem lại dãy số, hoặc quét mã QR. Nếu số đúng, để riêng món hàng và báo người phụ trách.",
        "Serial number not in our data",
        "Check the digits, or scan the QR code. If they are right, put the item aside and tell your"
        " supervisor.",
    ),
    "not_activated": (
        "Tem chưa kích hoạt",
        "[{product}. ]Cơ sở sản xuất chưa gắn tem với lô hàng[: gọi {producer}][, {phone}].",
        "Stamp not activated",
        "[{product}. ]The producer has not tied the stamp to a lot yet[: call {producer}][, {phone}].",
    ),
    "not_activated/receive": (
        "Tem chưa kích hoạt: bình thường khi nhận hàng",
        "[{product}. ]Cứ nhận hàng. Cơ sở sản xuất cần kích hoạt tem trước khi bán[: {producer}][, {phone}].",
        "Not activated: normal when goods come in",
        "[{product}. ]Take it in. The producer has to activate the stamps before they are sold[:"
        " {producer}][, {phone}].",
    ),
    "lot_recalled": (
        "Lô hàng bị thu hồi",
        "[{product}. ][Lô {lot}. ][Thu hồi ngày {recalled_on}. ][Lý do: {reason}. ]Lấy cả lô khỏi kệ, để"
        " riêng và chờ hướng dẫn.",
        "Lot recalled",
        "[{product}. ][Lot {lot}. ][Recalled on {recalled_on}. ][Reason: {reason}. ]Take the whole lot"
        " off the shelf, put it aside and wait for instructions.",
    ),
    "recognition_withdrawn": (
        "Công nhận OCOP đã bị thu hồi",
        "[{product}. ][Từ ngày {withdrawn_on}. ][Lý do: {reason}. ]Lấy hàng khỏi kệ OCOP.",
        "OCOP recognition withdrawn",
        "[{product}. ][From {withdrawn_on}. ][Reason: {reason}. ]Take the goods off the OCOP shelf.",
    ),
    "recognition_lapsed": (
        "Công nhận OCOP đã hết hạn",
        "[{product}. ]Lô sản xuất[ ngày {produced}] sau khi công nhận hết hạn[ ngày {recognised_until}]."
        " Hỏi cơ sở sản xuất về quyết định mới.",
        "OCOP recognition lapsed",
        "[{product}. ]The lot was made[ on {produced}] after the recognition ended[ on"
        " {recognised_until}]. Ask the producer for the new decision.",
    ),
    "expired": (
        "Hàng quá hạn sử dụng",
        "[{product}. ][Lô {lot}. ][HSD {expires}. ]Lấy khỏi kệ.",
        "Past its expiry date",
        "[{product}. ][Lot {lot}. ][Good until {expires}. ]Take it off the shelf.",
    ),
    "no_contract": (
        "Chưa có hợp đồng còn hiệu lực",
        "[{product}. ]Điểm bán không có hợp đồng cho lô này[ với {producer}]. Báo người phụ trách.",
        "No contract in force",
        "[{product}. ]This outlet has no contract for this lot[ with {producer}]. Tell your supervisor.",
    ),
    "in_basket": (
        "Tem đã có trong giỏ",
        "[{product}. ]Mỗi tem chỉ tính một lần, không cần quét lại. Nếu là món khác mang cùng tem, để riêng và báo"
        " người phụ trách.",
        "Already in a basket",
        "[{product}. ]Each stamp counts once; there is no need to scan it again. If this is another item with the same"
        " stamp, put it aside and tell your supervisor.",
    ),
    "sold_here": (
        "Tem đã bán tại đây",
        "[{product}. ][Đơn {sold_number}. ][Bán ngày {sold_on}. ]Nếu món hàng vẫn ở trên kệ, có thể tem"
        " bị sao chép: để riêng và báo người phụ trách.",
        "Already sold here",
        "[{product}. ][Sale {sold_number}. ][Sold on {sold_on}. ]If the item still stands on the shelf,"
        " the stamp may be a copy: put it aside and tell your supervisor.",
    ),
    "sold_elsewhere": (
        "Tem đã bán ở điểm khác",
        "[{product}. ][Bán tại {sold_at}. ][Bán ngày {sold_on}. ]Nếu món hàng ở trên kệ này, có thể tem"
        " bị sao chép: báo người phụ trách.",
        "Already sold at another outlet",
        "[{product}. ][Sold at {sold_at}. ][Sold on {sold_on}. ]If the item stands on this shelf, the"
        " stamp may be a copy: tell your supervisor.",
    ),
    "unsigned": (
        "Số tem có trong dữ liệu, chưa kiểm tra chữ ký",
        "[{product}. ][Lô {lot}. ][HSD {expires}. ]Quét mã QR nếu còn đọc được; số nhập tay không chứng"
        " minh tem thật.",
        "Number known, signature not checked",
        "[{product}. ][Lot {lot}. ][Good until {expires}. ]Scan the QR code if it can still be read;"
        " typed digits do not prove the stamp.",
    ),
    "unsigned/older": (
        "Tem kiểu cũ, không có chữ ký",
        "[{product}. ][Lô {lot}. ][HSD {expires}. ]Văn phòng còn nhận tem này[ đến hết ngày {older_until}]."
        " Xem bao bì và hạn sử dụng in trên hàng trước khi bán hoặc nhận.",
        "A stamp of the old kind, without signature",
        "[{product}. ][Lot {lot}. ][Good until {expires}. ]The office still accepts it[ until"
        " {older_until}]. Look at the pack and at the expiry date printed on it before selling or taking it"
        " in.",
    ),
    "genuine": (
        "Tem thật",
        "[{product}. ][Lô {lot}. ][HSD {expires}. ]",
        "Genuine stamp",
        "[{product}. ][Lot {lot}. ][Good until {expires}. ]",
    ),
    "sold_here_note": (
        "",
        "[Đơn {sold_number}. ]Đã bán tại đây[ ngày {sold_on}].",
        "",
        "[Sale {sold_number}. ]Sold here[ on {sold_on}].",
    ),
    "in_basket_note": ("", "Đang có trong giỏ ở quầy.", "", "In a basket at the till."),
}

# These say all of what is to be done: the item may well be sold, once.
SAY_WHAT_TO_DO: "Final" = ("in_basket", "not_a_stamp/typed")
