"""The receipt's template as it ships, config/templates/receipt.receipt: what prints when no file of the shop's
own is right. A test holds the two together."""

RECEIPT = """{_: The receipt of a sale, in the ReceiptLine language. docs/decisions/0010 says what may stand here. }
{if:sample}
"DỮ LIỆU MINH HOẠ / SAMPLE DATA
{end}
{if:copy}
"BẢN SAO {{copy}} / COPY {{copy}}
{end}
{if:logo}
{image:logo}
{end}
^^^"{{shop.name}}
{{shop.address}}
{if:shop.tax_code}
MST {{shop.tax_code}}
{end}
{{shop.header}}

"PHIẾU TÍNH TIỀN / SALES SLIP
{width:* 16}
|Số {{number}} | {{time}}|
{width:auto}
{if:cashier}
|Thu ngân: {{cashier}}
{end}
{if:buyer.name}
|Người mua: {{buyer.name}}
{end}
{if:buyer.tax_code}
|MST người mua: {{buyer.tax_code}}
{end}
{if:buyer.address}
|{{buyer.address}}
{end}
-
{repeat:lines}
|"{{name}}
{width:* 10}
|~~{{quantity}} | {{amount}}|
{if:discount}
|~~Đã giảm / Discount | {{discount}}|
{end}
{width:auto}
|~~{{origin}}
|~~{{lot_dates}}
|~~{{stamp}}
{end}
-
{width:* 10}
|^^"TỔNG CỘNG / TOTAL | ^^"{{total}}|
{repeat:vat}
|~~Thuế GTGT {{rate}} của {{base}} | {{amount}}|
{end}
{repeat:payments}
|{{kind}} | {{amount}}|
{end}
{if:change}
|Tiền thừa / Change | {{change}}|
{end}
{width:auto}
{if:vietqr}

{option:qrcode,4,m}
{code:{{vietqr}}}

Quét để trả tiền / Scan to pay
{end}

{{data}}

{option:qrcode,{{qr_cell}},m}
{code:{{check_url}}}

"{{number}}~~{{hash}}
Quét để kiểm tra / Scan to check
{if:einvoice}
Hoá đơn điện tử / E-invoice: {{einvoice}}
{else}
Phiếu này không thay thế hoá đơn
{end}
{{shop.footer}}
{if:sample}
"DỮ LIỆU MINH HOẠ / SAMPLE DATA
{end}
{if:copy}
"BẢN SAO {{copy}} / COPY {{copy}}
{end}
=
"""
