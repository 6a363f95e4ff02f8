"""What each kind of alert means, and what to look at first: in plain words, Vietnamese and English."""

EXPLAINED: dict[str, tuple[str, str]] = {
    "fork": (
        "Thiết bị này gửi hai phiên bản nhật ký khác nhau: thường là thẻ nhớ đã bị sao chép và cả hai cùng chạy. Văn phòng giữ "
        "cả hai; đơn bán mới của thiết bị chưa được tính. Hãy gọi điểm bán, tìm chiếc máy thứ hai.",
        "This device sends two versions of its journal: mostly a card that was copied, with both copies running. The office "
        "keeps both; new sales of the device are not counted yet. Call the outlet and find the second machine.",
    ),
    "quarantined": (
        "Một mục của thiết bị không đúng dạng nên được để riêng, chưa tính vào đâu. Các mục sau vẫn nhận bình thường. Hãy báo kỹ thuật.",
        "An entry of the device has no known form, and is kept apart and not counted. What follows is received as usual. "
        "Tell a technician.",
    ),
    "damaged": (
        "Một mục bị hỏng trên thẻ nhớ trước khi gửi. Thẻ có thể sắp hỏng: hẹn thay thẻ, và đối chiếu hoá đơn giấy của lúc đó.",
        "An entry was spoilt on the card before it was sent. The card may be failing: replace it, and compare the paper "
        "receipts of that time.",
    ),
    "lost": (
        "Thiết bị không còn mục này trên thẻ nhớ. Nếu đó là đơn bán, hoá đơn giấy là bằng chứng. Hẹn thay thẻ.",
        "The device no longer has this entry on its card. If it was a sale, the paper receipt is the evidence. Replace the card.",
    ),
    "gap": (
        "Thiết bị gửi các mục mới nhưng thiếu đoạn trước đó. Thường sẽ tự gửi bù; nếu quá một ngày, hãy gọi điểm bán.",
        "The device sends new entries but not those before. Mostly it makes up for it by itself; after a day, call the outlet.",
    ),
    "silent": (
        "Văn phòng không nghe gì từ thiết bị. Máy có thể tắt, mất mạng hoặc bị lấy đi. Cảnh báo tự đóng khi máy liên lạc lại.",
        "The office has heard nothing of the device. It may be off, without a network, or gone. This closes by itself when it is heard.",
    ),
    "bad_checkpoint": (
        "Chữ ký của thiết bị không khớp với nhật ký nó gửi. Có thể phần mềm hoặc khoá bị can thiệp. Hãy báo kỹ thuật.",
        "The device's signature does not fit the journal it sent. Software or key may have been tampered with. Tell a technician.",
    ),
    "sold_twice": (
        "Mỗi tem chỉ bán được một lần, nhưng tem này có trong hai đơn bán còn hiệu lực. Một trong hai món hàng mang tem sao chép, "
        "hoặc nhân viên quét nhầm. Hãy gọi cả hai điểm bán, so tem còn trên kệ với hoá đơn.",
        "A stamp is sold once, but this one is in two sales that stand. One of the two packs carries a copy, or somebody "
        "scanned the wrong pack. Call both outlets and compare what is on the shelf with the receipts.",
    ),
    "undone_twice": (
        "Số hàng trả lại nhiều hơn số đã bán: hai quầy chưa nhìn thấy nhau cùng trả tiền cho một món, mà hàng chỉ về một lần. Hãy "
        "gọi điểm bán, đếm tiền trong cả hai ngăn kéo và hỏi khách đã nhận tiền mấy lần.",
        "More came back than was sold: two tills that could not see each other both paid for one thing, which came back once. "
        "Call the outlet, have both drawers counted, and ask how often the customer was paid.",
    ),
    "sold_flagged": (
        "Quầy đã bán món này dù tem chưa rõ ràng (chưa kích hoạt, hết hợp đồng...). Đơn bán được giữ nguyên. Hãy xem vì sao.",
        "The till sold this although its stamp was in doubt (not activated, no contract...). The sale stands. See why.",
    ),
    "wrong_total": (
        "Tổng tiền trên đơn khác tổng các dòng. Hãy báo kỹ thuật và đối chiếu hoá đơn giấy.",
        "The total of the sale is not the sum of its lines. Tell a technician and compare the paper receipt.",
    ),
    "revoked_device": (
        "Thiết bị đã bị thu hồi vẫn gửi dữ liệu. Dữ liệu để riêng, không tính. Nếu máy vẫn ở điểm bán, hãy thay thẻ nhớ mới rồi ghi danh.",
        "A revoked device still sends. What it sends is kept apart and not counted. If it is still at the outlet, give it a new card and enrol that.",
    ),
    "revoked_sales": (
        "Thiết bị đã bị thu hồi gửi đơn bán. Có thể đó là hàng bán trước lúc thu hồi mà chưa kịp gửi, có thể do kẻ đang giữ máy làm ra. "
        "Chưa đơn nào được tính. Hãy gọi điểm bán, so với hoá đơn giấy, rồi quyết định ở trang các nhánh.",
        "A revoked device sent sales. They may have been made before and were not sent in time, or be the work of whoever has the "
        "device now. None of them counts. Call the outlet, compare the paper receipts, and decide on the page of its branches.",
    ),
    "restored_card": (
        "Thẻ nhớ đã được khôi phục từ bản sao, và thiết bị xin mã mới. Gọi điểm bán trước khi đồng ý ở trang Điểm bán và thiết bị.",
        "The card was restored from a copy, and the device asks for a new name. Call the outlet before you agree (page Outlets and devices).",
    ),
    "brought": (
        "Một máy khác của điểm bán còn giữ các mục của thiết bị này mà văn phòng không còn, thường vì văn phòng được khôi phục từ "
        "bản sao cũ. Các đơn bán đó chưa được tính. Nếu thiết bị còn chạy, nó sẽ tự gửi và cảnh báo này tự đóng; nếu thẻ nhớ đã mất, "
        "hãy xem nhánh, so với hoá đơn giấy, rồi quyết định.",
        "Another till of the outlet holds entries of this device that the office no longer has, mostly because the office was restored "
        "from an older backup. Their sales do not count yet. If the device still works, it sends them itself and this closes; if its "
        "card is lost, look at the branch, compare it with paper receipts, and decide.",
    ),
    "shopper_report": (
        "Một người mua bấm báo có vấn đề tại màn hình của điểm bán. Không có thông tin cá nhân. Hãy gọi điểm bán xem món hàng.",
        "A shopper pressed the button that something is wrong. There is nothing personal in it. Ask the outlet to look at the goods.",
    ),
    "activation_changed": (
        "Cán bộ đã gắn lại tem sang lô khác. Hãy kiểm tra lý do có hợp lý không.",
        "An officer tied stamps to another lot. See whether the reason is sound.",
    ),
    "lot_changed": (
        "Cán bộ đã sửa một lô đã dán tem. Hãy kiểm tra lý do, nhất là khi hạn sử dụng được lùi lại.",
        "An officer corrected a lot whose stamps are in use. See the reason, above all if its best-before date moved on.",
    ),
    "clock_wrong": (
        "Đồng hồ của quầy sai hơn một giờ khi bán các đơn này, và nhật ký cho biết giờ đúng. Báo cáo tính các đơn đó theo giờ đúng; nhật ký và "
        "hoá đơn giữ giờ đã ghi. Đơn của lần bật máy trước đó chỉ ước lượng được. Nếu hay xảy ra, hãy lắp đồng hồ có pin (RTC).",
        "The till's clock was off by more than an hour while it made these sales, and its journal tells the true time. Reports count them at the "
        "true time; journal and receipts keep what was written. For sales of an earlier start it can only be guessed. If this "
        "happens often, fit a clock with a battery (RTC).",
    ),
    "impossible_time": (
        "Có đơn bán ghi giờ chưa tới, hoặc trước khi thiết bị được ghi danh, mà chưa mục nào trong nhật ký cho biết giờ đúng; "
        "chúng được tính vào ngày đã ghi. Hãy xem đồng hồ của quầy. Nếu văn phòng vừa được khôi phục và thiết bị ghi danh lại, đơn "
        "trước lần ghi danh đó là bình thường. Cảnh báo tự đóng khi quầy chỉnh đồng hồ.",
        "Sales have a time to come, or one of before the device was enrolled, and nothing in the journal tells the true one; they count "
        "on the day that was written. Look at the till's clock. Where the office was restored and the device enrolled again, sales "
        "of before that are as they should be. This closes when the till puts its clock right.",
    ),
    "not_in_books": (
        "Ai đó tra một hoá đơn mà nhật ký của thiết bị không có. Hoá đơn có thể là giả, hoặc thẻ nhớ đã được khôi phục từ bản sao.",
        "Somebody looked up a receipt that the device's journal does not have. It may be forged, or a card was restored from a copy.",
    ),
    "far_apart": (
        "Cùng một tem được quét ở hai điểm bán cách xa nhau, trong thời gian không ai đi kịp. Có ít nhất hai con tem giống nhau, "
        "hoặc ai đó đưa ảnh chụp tem cho máy đọc. Hãy gọi cả hai nơi, giữ lại món hàng và so hai con tem.",
        "The same stamp was scanned at two outlets, sooner than anybody can go from one to the other. There are at least two "
        "such stamps, or somebody held a picture of one to the camera. Call both, keep the goods, and compare the stamps.",
    ),
    "overproduced": (
        "Số tem kích hoạt cho lô này nhiều hơn số gói đã sản xuất. Hoặc số lượng của lô ghi sai, hoặc tem được dán lên hàng khác. "
        "Hãy hỏi chủ thể; sửa số lượng hoặc huỷ số tem thừa, cảnh báo sẽ tự đóng.",
        "More stamps are activated for this lot than packs were produced. Either the lot's quantity is wrong, or stamps are put "
        "on other goods. Ask the producer; correct the quantity or void what is too much, and this closes by itself.",
    ),
}
"""By the kind of an alert (`office.audit.ALERTS`)."""
