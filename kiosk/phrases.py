"""The words for each verdict, for shoppers and (`kiosk.staff_phrases`) for staff, in Vietnamese and English.

{field} is filled from what is known (the fields are those of `kiosk.texts`). A part in [brackets] is
left out where one of its fields is unknown. Words for shoppers are calm: what it is, what to do; nobody
is accused, and no screen says "fake". Key: the verdict, then after slashes "older" for a stamp of an older
pattern, the purpose or the note.
Value: Vietnamese title and body, English title and body.
"""

from kiosk.staff_phrases import SAY_WHAT_TO_DO as SAY_WHAT_TO_DO
from kiosk.staff_phrases import STAFF as STAFF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SHOPPER: "Final" = {
    "unreadable": (
        "Chưa đọc được mã",
        "Mời quý khách đưa tem lại gần ống kính, giữ yên một chút rồi thử lại. Nếu vẫn chưa được, nhân"
        " viên sẽ giúp.",
        "The code could not be read yet",
        "Please hold the stamp closer to the camera, keep it still and try again. If it still does not"
        " work, our staff will help.",
    ),
    "no_catalogue": (
        "Máy đang chờ dữ liệu",
        "Máy chưa nhận được dữ liệu sản phẩm nên chưa trả lời được. Nhân viên sẽ xem giúp quý khách.",
        "Waiting for data",
        "This machine has not received its product data yet, so it cannot answer. Our staff will help you.",
    ),
    "not_a_stamp": (
        "Đây không phải tem OCOP",
        "Mã vừa quét không phải là tem OCOP. Mời quý khách quét mã QR trên tem OCOP dán ở sản phẩm.",
        "This is not an OCOP stamp",
        "The code just scanned is not an OCOP stamp. Please scan the QR code on the OCOP stamp of the"
        " product.",
    ),
    "not_a_stamp/typed": (
        "Dãy số chưa đúng",
        "Mời quý khách so từng số vừa gõ với dãy số dưới mã QR, cả hai số cuối, rồi gõ lại.",
        "These digits are not right yet",
        "Please compare what you typed with the digits under the QR code, the last two included, and type it again.",
    ),
    "no_stamp": (
        "Mời quét tem OCOP",
        "Mã này chỉ cho biết loại hàng[: {product}]. Mỗi món hàng còn có một tem OCOP riêng; mời quý"
        " khách quét mã QR trên tem. Nếu không thấy tem, xin hỏi nhân viên.",
        "Please scan the OCOP stamp",
        "This code only tells the kind of goods[: {product}]. Each item also has an OCOP stamp of its"
        " own; please scan the QR code on the stamp. If there is none, please ask our staff.",
    ),
    "no_stamp/older": (
        "Tem kiểu cũ, mời hỏi nhân viên",
        "[{product}. ]Tem kiểu cũ này không còn dùng[ từ sau ngày {older_until}]. Nếu trên sản phẩm có tem"
        " khác, mời quý khách quét mã QR trên tem đó; nếu không, xin hỏi nhân viên.",
        "A stamp of the old kind; please ask us",
        "[{product}. ]This old kind of stamp is no longer in use[; it counted until {older_until}]. If the"
        " item has another stamp, please scan its QR code; if not, please ask our staff.",
    ),
    "plain_goods": (
        "Hàng không dán tem",
        "[{product}. ]Đây là loại hàng không dán tem OCOP, bán bình thường tại cửa hàng.",
        "Goods without a stamp",
        "[{product}. ]These goods carry no OCOP stamp and are sold here as usual.",
    ),
    "unknown_key": (
        "Máy chưa kiểm tra được tem này",
        "Máy ở đây chưa có dữ liệu để kiểm tra loại tem này. Mời quý khách hỏi nhân viên.",
        "This stamp cannot be checked yet",
        "This machine does not have the data to check this kind of stamp yet. Please ask our staff.",
    ),
    "bad_signature": (
        "Chưa xác nhận được tem này",
        "Máy không xác nhận được tem này do Văn phòng Điều phối OCOP phát hành. Đây không phải lỗi của"
        " quý khách. Xin đưa món hàng cho nhân viên và chọn món khác.",
        "This stamp could not be confirmed",
        "We could not confirm that the OCOP office issued this stamp. You have done nothing wrong. Please"
        " hand the item to our staff and choose another one.",
    ),
    "stamp_void": (
        "Tem này không còn dùng",
        "Văn phòng Điều phối OCOP đã hủy tem này. Xin đưa món hàng cho nhân viên và chọn món khác.",
        "This stamp is no longer in use",
        "The OCOP office has cancelled this stamp. Please hand the item to our staff and choose another one.",
    ),
    "newer_than_catalogue": (
        "Tem mới, máy sắp có thông tin",
        "Tem do Văn phòng Điều phối OCOP phát hành, nhưng máy chưa kịp nhận thông tin của món hàng này."
        " Nhân viên sẽ xem giúp quý khách.",
        "A new stamp; its data is on the way",
        "The OCOP office issued this stamp, but this machine has not received the item's data yet. Our"
        " staff will help you.",
    ),
    "data_deleted": (
        "Tem của hàng cũ",
        "Tem này thuộc một đợt hàng cũ, thông tin không còn được lưu. Nếu món hàng đang ở trên kệ, xin"
        " đưa cho nhân viên và chọn món khác.",
        "A stamp of old goods",
        "This stamp belongs to old goods whose data is no longer kept. If the item stands on the shelf,"
        " please hand it to our staff and choose another one.",
    ),
    "unknown_serial": (
        "Không tìm thấy số tem này",
        "Mời quý khách xem lại các số dưới mã QR, hoặc quét mã QR trên tem. Nếu vẫn không thấy, xin đưa"
        " món hàng cho nhân viên.",
        "This stamp number was not found",
        "Please check the digits under the QR code, or scan the QR code itself. If it is still not found,"
        " please hand the item to our staff.",
    ),
    "not_activated": (
        "Tem chưa được kích hoạt",
        "Cơ sở sản xuất chưa khai báo lô hàng của tem này, nên chưa có ngày sản xuất và hạn sử dụng. Nhân"
        " viên sẽ xem giúp quý khách.",
        "The stamp is not activated yet",
        "The producer has not registered the lot of this stamp yet, so its dates are not known. Our staff"
        " will help you.",
    ),
    "lot_recalled": (
        "Lô hàng này được thu hồi",
        "[Lô {lot}. ][Thu hồi từ ngày {recalled_on}. ][Lý do: {reason}. ]Xin đừng dùng món hàng này. Mời"
        " quý khách đưa cho nhân viên; nếu đã mua, quý khách có thể mang lại cửa hàng.",
        "This lot is being taken back",
        "[Lot {lot}. ][Recalled on {recalled_on}. ][Reason: {reason}. ]Please do not use this item. Hand"
        " it to our staff; if you have bought it, you can bring it back to the shop.",
    ),
    "recognition_withdrawn": (
        "Sản phẩm không còn được công nhận OCOP",
        "Công nhận OCOP của sản phẩm này đã được thu hồi[ từ ngày {withdrawn_on}]. Xin đưa món hàng cho"
        " nhân viên và chọn món khác.",
        "No longer recognised as an OCOP product",
        "The OCOP recognition of this product was withdrawn[ on {withdrawn_on}]. Please hand the item to"
        " our staff and choose another one.",
    ),
    "recognition_lapsed": (
        "Công nhận OCOP đã hết hạn",
        "Món hàng được sản xuất sau khi công nhận OCOP hết hạn[ (ngày {recognised_until})]. Mời quý khách"
        " hỏi nhân viên.",
        "The OCOP recognition has ended",
        "This item was made after the product's OCOP recognition ended[ (on {recognised_until})]. Please"
        " ask our staff.",
    ),
    "expired": (
        "Hàng đã quá hạn sử dụng",
        "[Hạn sử dụng đến hết ngày {expires}. ]Xin đừng dùng món hàng này; mời quý khách đưa cho nhân"
        " viên và chọn món khác.",
        "Past its expiry date",
        "[It was good until {expires}. ]Please do not use this item; hand it to our staff and choose"
        " another one.",
    ),
    "no_contract": (
        "Mời hỏi nhân viên về món hàng này",
        "Tem do Văn phòng Điều phối OCOP phát hành. Cửa hàng cần xem lại hợp đồng với cơ sở sản xuất"
        " trước khi bán.",
        "Please ask our staff about this item",
        "The OCOP office issued this stamp. The shop has to check its contract with the producer before"
        " selling.",
    ),
    "in_basket": (
        "Món hàng đang được tính tiền",
        "Tem này đã có trong giỏ hàng ở quầy.",
        "This item is at the till",
        "This stamp is already in a basket at the till.",
    ),
    "sold_here": (
        "Tem này đã bán tại cửa hàng",
        "Cửa hàng đã bán món hàng mang tem này[ ngày {sold_on}]. Mời quý khách hỏi nhân viên.",
        "Already sold in this shop",
        "This shop has sold the item with this stamp[ on {sold_on}]. Please ask our staff.",
    ),
    "sold_elsewhere": (
        "Tem này đã bán ở nơi khác",
        "Món hàng mang tem này đã được bán[ tại {sold_at}][ ngày {sold_on}]. Nếu quý khách mua ở đó thì"
        " không có gì phải lo. Nếu món hàng đang ở trên kệ này, xin báo nhân viên.",
        "Sold at another shop",
        "The item with this stamp was sold[ at {sold_at}][ on {sold_on}]. If you bought it there, all is"
        " well. If it stands on this shelf, please tell our staff.",
    ),
    "unsigned": (
        "Đã tìm thấy số tem",
        "[{product}. ]Số tem này có trong dữ liệu của Văn phòng Điều phối OCOP. Muốn chắc chắn hơn, mời"
        " quý khách quét mã QR trên tem.",
        "The stamp number was found",
        "[{product}. ]This number is in the OCOP office's data. To be surer, please scan the QR code on"
        " the stamp.",
    ),
    "unsigned/sold_here": (
        "Đã tìm thấy số tem",
        "[{product}. ]Số tem này có trong dữ liệu của Văn phòng Điều phối OCOP. Cửa hàng đã bán món hàng"
        " này[ ngày {sold_on}]. Nếu quý khách là người mua thì mọi việc đều ổn.",
        "The stamp number was found",
        "[{product}. ]This number is in the OCOP office's data. It was sold here[ on {sold_on}]. If it"
        " was you who bought it, all is well.",
    ),
    "unsigned/in_basket": (
        "Đã tìm thấy số tem",
        "[{product}. ]Số tem này có trong dữ liệu của Văn phòng Điều phối OCOP. Món hàng đang được tính"
        " tiền ở quầy.",
        "The stamp number was found",
        "[{product}. ]This number is in the OCOP office's data. The item is being rung up at the till.",
    ),
    "unsigned/older": (
        "Tem OCOP kiểu cũ",
        "[{product}. ][Cơ sở sản xuất: {producer}. ][Hạn sử dụng: {expires}. ]Văn phòng Điều phối OCOP vẫn"
        " nhận tem kiểu này, nhưng máy không kiểm tra được chữ ký như ở tem mới.",
        "An OCOP stamp of the old kind",
        "[{product}. ][Made by {producer}. ][Best before {expires}. ]The OCOP office still accepts this"
        " kind of stamp, but it has no signature to check, as new stamps have.",
    ),
    "unsigned/older/sold_here": (
        "Tem OCOP kiểu cũ",
        "[{product}. ]Văn phòng Điều phối OCOP vẫn nhận tem kiểu này. Cửa hàng đã bán món hàng này[ ngày"
        " {sold_on}]. Nếu quý khách là người mua thì mọi việc đều ổn.",
        "An OCOP stamp of the old kind",
        "[{product}. ]The OCOP office still accepts this kind of stamp. The item was sold here[ on"
        " {sold_on}]. If it was you who bought it, all is well.",
    ),
    "unsigned/older/in_basket": (
        "Tem OCOP kiểu cũ",
        "[{product}. ]Văn phòng Điều phối OCOP vẫn nhận tem kiểu này. Món hàng đang được tính tiền ở quầy.",
        "An OCOP stamp of the old kind",
        "[{product}. ]The OCOP office still accepts this kind of stamp. The item is being rung up at the"
        " till.",
    ),
    "genuine": (
        "Tem thật",
        "[{product}[, {stars} sao OCOP]. ][Cơ sở sản xuất: {producer}. ][Hạn sử dụng: {expires}. ]Tem do"
        " Văn phòng Điều phối OCOP phát hành.",
        "Genuine stamp",
        "[{product}[, {stars} OCOP stars]. ][Made by {producer}. ][Best before {expires}. ]The OCOP"
        " office issued this stamp.",
    ),
    "genuine/sold_here": (
        "Tem thật",
        "[{product}[, {stars} sao OCOP]. ]Tem do Văn phòng Điều phối OCOP phát hành. Cửa hàng đã bán món"
        " hàng này[ ngày {sold_on}]. Nếu quý khách là người mua thì mọi việc đều ổn.",
        "Genuine stamp",
        "[{product}[, {stars} OCOP stars]. ]The OCOP office issued this stamp. The item was sold here[ on"
        " {sold_on}]. If it was you who bought it, all is well.",
    ),
    "genuine/in_basket": (
        "Tem thật",
        "[{product}[, {stars} sao OCOP]. ]Tem do Văn phòng Điều phối OCOP phát hành. Món hàng đang được"
        " tính tiền ở quầy.",
        "Genuine stamp",
        "[{product}[, {stars} OCOP stars]. ]The OCOP office issued this stamp. The item is being rung up"
        " at the till.",
    ),
}
