"""Every sentence of the kiosk's own pages, Vietnamese and English side by side.

A pair cannot lose its half, so the two languages stay complete by construction. `{name}` marks a value
that the page fills in. Verdicts and refusals come with their own texts from the service.
"""

from collections.abc import Mapping

from kiosk.host.selling_strings import NAV, PRICES, SALES, SELL, SHIFT
from kiosk.host.stock_strings import STOCK

LANGUAGES = ("vi", "en")

COMMON: Mapping[str, tuple[str, str]] = {
    "language": ("Ngôn ngữ", "Language"),
    "illustrative": (
        "DỮ LIỆU MINH HOẠ, không phải thông tin thật của cơ sở",
        "SAMPLE DATA, not the real producers' information",
    ),
    "offline": (
        "Không liên lạc được với máy. Chờ một lát rồi thử lại.",
        "The machine does not answer. Wait a moment and try again.",
    ),
    "failed": ("Chưa làm được (mã {status}). Hãy thử lại.", "That did not work (code {status}). Try again."),
    "reconnecting": ("Đang kết nối lại với máy quét…", "Reconnecting to the scanner…"),
    "look_ok": ("Đạt", "Good"),
    "look_caution": ("Lưu ý", "Take care"),
    "look_problem": ("Có vấn đề", "Problem"),
    "look_info": ("Thông tin", "Information"),
    "digit_back": ("Xoá một số", "Delete one digit"),
    "digits_clear": ("Xoá hết", "Clear"),
    "close": ("Đóng", "Close"),
}

SHOPPER: Mapping[str, tuple[str, str]] = {
    "page_title": ("Kiểm tra tem OCOP", "OCOP stamp check"),
    "brand": ("Sản phẩm OCOP", "OCOP products"),
    "invite": ("Đưa tem vào ô quét", "Hold the stamp to the scanner"),
    "invite_why": (
        "Xem sản phẩm do ai làm, ở đâu, còn hạn đến ngày nào.",
        "See who made it, where, and until when it keeps.",
    ),
    "invite_picture": (
        "Hình vẽ: đưa lọ hàng có tem vào ô quét, máy đọc tem và báo kết quả.",
        "Drawing: hold a jar with its stamp to the scanner, which reads it and answers.",
    ),
    "type_digits": ("Tem rách? Gõ số dưới tem", "Torn stamp? Type its digits"),
    "typed_title": ("Gõ dãy số in dưới mã QR", "Type the digits under the QR code"),
    "typed_label": ("Dãy số dưới tem", "Digits under the stamp"),
    "typed_hint": (
        "Gõ lần lượt từ trái sang phải, không cần khoảng trắng.",
        "From left to right, without spaces.",
    ),
    "typed_send": ("Tra cứu", "Look up"),
    "typed_short": (
        "Dãy số còn thiếu. Hãy gõ đủ các số dưới tem.",
        "Some digits are missing. Type them all.",
    ),
    "keypad": ("Bàn phím số", "Number keys"),
    "scan_another": ("Quét tem khác", "Scan another"),
    "report": ("Báo có vấn đề", "Report a problem"),
    "report_sent": ("Đã ghi nhận, xin cảm ơn", "Noted, thank you"),
    "report_failed": (
        "Chưa gửi được. Xin báo nhân viên giúp.",
        "Could not be sent. Please tell the staff.",
    ),
    "price": ("Giá", "Price"),
    "stars": ("OCOP hạng {stars} sao", "OCOP, {stars} stars"),
    "producer": ("Chủ thể", "Made by"),
    "commune": ("Nơi sản xuất", "Made in"),
    "map": ("Bản đồ tỉnh Hà Tĩnh với nơi sản xuất", "Map of Ha Tinh province with the place it is made in"),
    "map_city": ("TP Hà Tĩnh", "Ha Tinh city"),
    "products": ("Sản phẩm ở cửa hàng này", "Products in this shop"),
    "two_stamps": (
        "Máy thấy hai tem cùng lúc. Quý khách muốn xem món nào?",
        "Two stamps are in view. Which one would you like to see?",
    ),
    "produced": ("NSX", "Made on"),
    "expires": ("HSD", "Use by"),
    "no_expiry": ("Không giới hạn", "No limit"),
    "lot": ("Lô", "Lot"),
    "recognition": ("Công nhận OCOP", "OCOP recognition"),
    "recognised": ("Đến {until}", "Until {until}"),
    "recognised_by": ("Đến {until}, theo {decision}", "Until {until}, by {decision}"),
    "ingredients": ("Thành phần", "Ingredients"),
    "storage": ("Bảo quản", "Storage"),
    "process": ("Cách làm", "How it is made"),
    "allergens": ("Chất gây dị ứng", "Allergens"),
    "no_allergens": ("Không ghi nhận", "None recorded"),
    "story": ("Câu chuyện sản phẩm", "Its story"),
    "more": ("Đọc tiếp", "Read on"),
    "less": ("Thu gọn", "Show less"),
    "claimed": (
        "Thông tin theo mã số, chưa được chứng thực",
        "What the code says; not confirmed",
    ),
    "details": ("Thông tin sản phẩm", "About the product"),
    "proof_signed": (
        "Đã kiểm: tem này do Văn phòng Điều phối phát hành. "
        "Không kiểm được: tem có bị sao chép không, và thứ bên trong bao bì.",
        "Proved: the programme office issued this stamp. "
        "Not proved: that it was not copied, or what is in the pack.",
    ),
    "proof_typed": (
        "Mới tra dãy số trong sổ; chưa kiểm được chữ ký trên tem. Muốn chắc, hãy quét mã QR.",
        "Only the digits were looked up; the stamp's signature was not checked. To be sure, scan the QR.",
    ),
    "proof_none": (
        "Máy chưa chứng thực được nguồn gốc của món hàng này.",
        "The origin of this item is not proved.",
    ),
    "data_from": ("Dữ liệu cập nhật lúc {when}", "Data as of {when}"),
    "data_late": ("Dữ liệu từ {when}, có thể chưa phải mới nhất", "Data of {when}, perhaps not the newest"),
    "data_missing": ("Máy chưa có dữ liệu sản phẩm", "No product data on this machine yet"),
    "next_title": ("Quý khách có thể", "What you can do"),
    "next_find": (
        "Tìm tem OCOP có mã QR, thường ở nắp hoặc mặt sau.",
        "Look for the OCOP stamp with a QR code, often on the lid or the back.",
    ),
    "next_hold": (
        "Giữ tem phẳng, cách ô quét một gang tay.",
        "Hold the stamp flat, a hand's breadth from the scanner.",
    ),
    "next_hand": ("Đưa món hàng này cho nhân viên xem.", "Hand this item to the staff."),
    "next_other": ("Chọn một món khác.", "Choose another one."),
    "next_ask": ("Hỏi nhân viên, chúng tôi sẵn lòng giúp.", "Ask the staff; we are glad to help."),
}

LOGIN: Mapping[str, tuple[str, str]] = {
    "page_title": ("Đăng nhập bán hàng", "Staff log-in"),
    "login": ("Đăng nhập", "Log in"),
    "pin": ("Mã PIN 6 số", "6-digit PIN"),
    "pin_hint": ("Bấm 6 số của bạn rồi bấm Vào bán hàng.", "Enter your six digits, then press Start."),
    "pin_length": ("Mã PIN gồm đúng 6 chữ số.", "The PIN has exactly six digits."),
    "is_bar_code": ("Đây là mã vạch, không phải mã PIN.", "That is a bar code, not a PIN."),
    "pin_wrong": ("Mã PIN không đúng. Hãy thử lại.", "Wrong PIN. Try again."),
    "enter": ("Vào bán hàng", "Start"),
    "keypad": ("Bàn phím số", "Number keys"),
}

STAFF: Mapping[str, tuple[str, str]] = {
    "page_title": ("Bán hàng", "Till"),
    "status": ("Tình trạng thiết bị", "Device status"),
    "printer": ("Máy in", "Printer"),
    "scanner": ("Máy quét", "Scanner"),
    "office": ("Đồng bộ", "Sync"),
    "catalogue": ("Dữ liệu", "Data"),
    "clock": ("Đồng hồ", "Clock"),
    "state_unknown": ("Đang hỏi…", "Asking…"),
    "state_off": ("Không dùng.", "Not in use."),
    "printer_good": ("Sẵn sàng.", "Ready."),
    "printer_bad": ("Chưa in được: xem giấy và dây cắm.", "Cannot print: check paper and cable."),
    "scanner_good": ("Sẵn sàng.", "Ready."),
    "scanner_resting": ("Sẵn sàng, đang nghỉ.", "Ready, resting."),
    "scanner_missing": ("Không thấy máy quét: cắm lại dây.", "Not found: plug it in again."),
    "scanner_busy": ("Phần mềm khác đang giữ camera.", "Another program holds the camera."),
    "scanner_frozen": ("Hình đứng yên: cắm lại camera.", "Picture frozen: plug it in again."),
    "scanner_dark": ("Camera quá tối: bật đèn, mở nắp.", "Too dark: light on, cover off."),
    "scanner_blinded": ("Camera bị loá: che bớt đèn.", "Blinded by light: shade the lamp."),
    "scanner_bad": ("Máy quét lỗi: hãy gõ mã bằng tay.", "Failed: type the code by hand."),
    "office_good": ("Đã gửi hết, lúc {when}.", "All sent, at {when}."),
    "office_waiting": ("{count} mục chờ gửi; vẫn bán được.", "{count} entries wait; selling goes on."),
    "office_not_enrolled": ("Chưa ghi danh: gọi kỹ thuật viên.", "Not enrolled: call the technician."),
    "office_unknown_device": (
        "Văn phòng không nhận ra máy này: gọi kỹ thuật viên. Vẫn bán được.",
        "The office does not know this device: call the technician. Selling goes on.",
    ),
    "office_revoked": (
        "Văn phòng đã thu hồi máy này: gọi Văn phòng. Đơn bán vẫn gửi đi.",
        "The office revoked this device: call the office. Sales are still sent.",
    ),
    "office_renewing": (
        "Thẻ nhớ khôi phục từ bản sao: máy đang xin mã mới; vẫn bán được.",
        "Card restored from a copy: asking for a new name; selling goes on.",
    ),
    "office_never": ("Chưa nối với Văn phòng; vẫn bán được.", "Never reached the office; selling goes on."),
    "office_bad": ("Mất mạng từ {when}; vẫn bán được.", "No network since {when}; selling goes on."),
    "catalogue_good": ("Mới, lúc {when}.", "Fresh, of {when}."),
    "catalogue_stale": ("Từ {when}: xem lại mạng.", "Of {when}: check the network."),
    "catalogue_old": ("Quá cũ, từ {when}: nối mạng ngay.", "Too old, of {when}: connect now."),
    "catalogue_none": ("Chưa có dữ liệu: hãy đồng bộ.", "None yet: sync first."),
    "clock_good": ("Đúng giờ.", "Right."),
    "clock_bad": ("Chưa chắc đúng: nối mạng để chỉnh.", "Unsure: connect to set it."),
    "open_basket": ("Mở giỏ hàng", "Open basket"),
    "open_hint": (
        "Mở giỏ rồi quét tem bằng máy quét ở quầy.",
        "Open a basket, then scan with the till's reader.",
    ),
    "basket": ("Giỏ hàng", "Basket"),
    "basket_empty": ("Giỏ đang trống. Quét tem hoặc gõ mã.", "Empty so far. Scan a stamp or type a code."),
    "basket_count": ("{count} món", "{count} items"),
    "code_add": ("Thêm", "Add"),
    "remove": ("Bỏ {name} khỏi giỏ", "Remove {name}"),
    "serial": ("tem {serial}", "stamp {serial}"),
    "approved": ("Đã duyệt", "Approved"),
    "cancel_basket": ("Huỷ giỏ", "Cancel basket"),
    "cancel_again": ("Bấm lần nữa để huỷ", "Press again to cancel"),
    "total": ("Tổng cộng", "Total"),
    "cash": ("Khách đưa (F4)", "Cash received (F4)"),
    "quick": ("Số tiền hay gặp", "Usual amounts"),
    "exact": ("Đủ tiền", "Exact"),
    "change": ("Tiền thối lại", "Change"),
    "short": ("Còn thiếu", "Still to pay"),
    "pay": ("Thanh toán", "Pay"),
    "paying": ("Đang ghi…", "Recording…"),
    "pay_again": ("Hỏi lại kết quả", "Ask again"),
    "pay_empty": ("Giỏ chưa có món nào.", "There is nothing in the basket."),
    "pay_short": ("Tiền khách đưa còn thiếu {amount}.", "The cash is {amount} short."),
    "pay_unknown": (
        "Chưa biết đã ghi hay chưa. Bấm “Hỏi lại kết quả”; không bị tính hai lần.",
        "Not known whether it was recorded. Press “Ask again”; nothing is charged twice.",
    ),
    "paid": ("Đã bán", "Sold"),
    "receipt_number": ("Số phiếu", "Receipt number"),
    "print_queued": ("Đang chờ in…", "Waiting to print…"),
    "print_printing": ("Đang in…", "Printing…"),
    "print_printed": ("Đã in phiếu.", "Receipt printed."),
    "print_not_printed": ("Chưa in được: {detail}", "Not printed: {detail}"),
    "print_unknown": (
        "Không rõ đã in hay chưa; xem giấy ở máy in.",
        "It may or may not have printed; look at the printer.",
    ),
    "print_no_detail": ("xem máy in.", "look at the printer."),
    "queue": ("Phiếu chờ in", "Print queue"),
    "queue_count": ("{count} phiếu đang chờ in.", "{count} receipts wait to be printed."),
    "queue_unknown": ("Phiếu {number} đã in ra đủ chưa?", "Did receipt {number} come out whole?"),
    "queue_yes": ("Đã ra đủ", "Yes"),
    "queue_no": ("Chưa, in lại (BẢN SAO)", "No, print a copy"),
    "queue_not_printed": ("Phiếu {number} chưa in.", "Receipt {number} was not printed."),
    "queue_print": ("In ngay", "Print now"),
    "queue_leave": ("Không cần in", "Leave it"),
    "receipt_picture": ("Hình phiếu {number}", "Picture of receipt {number}"),
    "print_again": ("In thêm một bản", "Print a copy"),
    "next_customer": ("Khách tiếp theo", "Next customer"),
    "approve": ("Duyệt bằng mã PIN", "Approve by PIN"),
    "approve_title": ("Người phụ trách duyệt", "Supervisor's approval"),
    "approve_pin": ("Mã PIN của người phụ trách", "The supervisor's PIN"),
    "approve_send": ("Duyệt bán", "Approve"),
    "keypad": ("Bàn phím số", "Number keys"),
    "action_sell": ("Bán được", "Sell"),
    "action_sell_and_flag": ("Bán được, có ghi chú", "Sell, flagged"),
    "action_supervisor": ("Cần người phụ trách duyệt", "Supervisor must approve"),
    "action_refuse": ("Không bán", "Do not sell"),
    "action_show": ("Chỉ để xem", "For information"),
    "action_accept": ("Nhận hàng", "Accept"),
    "action_ask": ("Hỏi Văn phòng", "Ask the office"),
    "action_refund": ("Hoàn tiền", "Refund"),
}

AIM: Mapping[str, tuple[str, str]] = {
    "page_title": ("Chỉnh camera", "Aim the camera"),
    "how": (
        "Đưa tem vào chỗ khách sẽ đưa. Khung xanh là mã đọc được: chỉnh camera và đèn cho đến khi khung hiện ngay.",
        "Hold a stamp where shoppers will. A green frame is a code that was read: turn camera and lamp until it"
        " shows at once.",
    ),
    "private": ("Hình không được lưu và không gửi đi đâu.", "The picture is not stored and goes nowhere."),
    "no_camera": ("Cấu hình chưa có camera nào.", "No camera is configured."),
    "no_picture": (
        "Không có hình: xem dây cắm của camera rồi mở lại trang.",
        "No picture: check the camera's cable, then open this page again.",
    ),
}

RECEIPT: Mapping[str, tuple[str, str]] = {
    "page_title": ("Mẫu phiếu tính tiền", "The receipt's form"),
    "name": ("Tên cửa hàng", "Shop's name"),
    "address": ("Địa chỉ", "Address"),
    "tax_code": ("Mã số thuế", "Tax code"),
    "header": ("Dòng đầu phiếu", "Line at the top"),
    "footer": ("Dòng cuối phiếu", "Line at the bottom"),
    "footer_hint": ("ví dụ: Cảm ơn quý khách, hẹn gặp lại", "e.g. Thank you, see you again"),
    "vat": ("Thuế GTGT trong giá (%)", "VAT within prices (%)"),
    "vat_hint": ("0: không in dòng thuế", "0: no tax line"),
    "shown": ("In trên phiếu", "On the receipt"),
    "show_cashier": ("Thu ngân", "Cashier"),
    "show_stars": ("Số sao OCOP", "OCOP stars"),
    "show_producer": ("Chủ thể sản xuất", "Producer"),
    "show_lot": ("Số lô", "Lot"),
    "show_produced": ("Ngày sản xuất", "Production date"),
    "show_expires": ("Hạn sử dụng", "Expiry date"),
    "show_serial": ("Số tem", "Stamp's serial"),
    "show_verdict": ("Kết quả kiểm tem", "Verdict on the stamp"),
    "logo": ("Logo (in đen trắng)", "Logo (prints in black and white)"),
    "logo_choose": ("Chọn hình…", "Choose a picture…"),
    "logo_remove": ("Bỏ logo", "Remove the logo"),
    "preview": ("Phiếu sẽ in ra như thế này", "This is what will print"),
    "save": ("Lưu", "Save"),
    "undo": ("Quay lại mẫu trước", "Back to the one before"),
    "reset": ("Mẫu gốc", "Original form"),
    "saved": ("Đã lưu. Phiếu sau in theo mẫu này.", "Saved. The next receipt prints like this."),
    "unsaved": ("Chưa lưu.", "Not saved yet."),
    "logo_unreadable": (
        "Không đọc được hình này; hãy chọn hình PNG hay JPEG.",
        "This picture cannot be read; choose a PNG or JPEG.",
    ),
}

LABELS: Mapping[str, tuple[str, str]] = {
    "page_title": ("In nhãn", "Print labels"),
    "code": ("Tem hoặc mã vạch của hàng", "Stamp or barcode of the goods"),
    "code_hint": ("Quét, gõ mã, hoặc tìm tên hàng", "Scan, type it, or search by name"),
    "found": ("Hàng tìm thấy", "Goods found"),
    "found_none": ("Không có hàng nào tên như vậy.", "No goods are called so."),
    "pick": ("Thêm vào danh sách", "Add to the list"),
    "picks": ("Nhãn sẽ in", "Labels to print"),
    "picked": ("{name}: {count} nhãn", "{name}: {count} labels"),
    "remove": ("Bỏ {name}", "Remove {name}"),
    "template": ("Loại nhãn", "Kind of label"),
    "shelf": ("Nhãn kệ {size} mm", "Shelf label {size} mm"),
    "product": ("Nhãn hàng {size} mm", "Product label {size} mm"),
    "count": ("Số nhãn", "How many"),
    "print": ("In nhãn", "Print"),
    "preview": ("Nhãn sẽ in ra như thế này", "This is what will print"),
    "queued": ("Đã gửi đến máy in: {number}", "Sent to the printer: {number}"),
}

# The strip of devices, on every staff page.
STRIP = {
    key: pair
    for key, pair in STAFF.items()
    if key.split("_")[0] in ("status", "state", "printer", "scanner", "office", "catalogue", "clock")
}

PAGES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "shopper": SHOPPER,
    "login": LOGIN,
    "staff": {**NAV, **STAFF, **SELL},
    "sales": {**STRIP, **SALES},
    "prices": {**STRIP, **PRICES},
    "shift": {**STRIP, **SHIFT},
    "aim": {**NAV, **STRIP, **AIM},
    "receipt": {**NAV, **STRIP, **RECEIPT},
    "labels": {**NAV, **STRIP, **LABELS},
    "stock": {**NAV, **STRIP, **STOCK},
}


def words(page: str) -> dict[str, dict[str, str]]:
    """The sentences of one page by language: `{"vi": {key: sentence}, "en": ...}`. KeyError: no such page."""
    table = {**COMMON, **PAGES[page]}
    return {
        language: {key: pair[place] for key, pair in table.items()}
        for place, language in enumerate(LANGUAGES)
    }
