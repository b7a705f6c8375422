# SPDX-License-Identifier: Apache-2.0
"""Synthetic values of every detector, with their check characters computed here and nowhere else, valid and spoiled, and the
forms in which people write them. A form is a text with the value in it, spelled; {v} stands for the spelled value."""

import random
import string

PROVINCES = ["11", "12", "13", "31", "32", "33", "37", "42", "44", "51", "61"]
COUNTIES = ["0101", "0102", "0105", "0106", "0108"]
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def digits(rnd, n):
    return "".join(rnd.choice(string.digits) for _ in range(n))


def date(rnd, first=1950, last=2005):
    return "%04d%02d%02d" % (rnd.randint(first, last), rnd.randint(1, 12), rnd.randint(1, 28))


def mod11_2(body):
    return "10X98765432"[sum(int(c) * (2 ** (17 - i) % 11) for i, c in enumerate(body)) % 11]


def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return body + str(-total % 10)


def resident(rnd, region=None):
    region = region or rnd.choice(PROVINCES) + rnd.choice(COUNTIES)
    body = region + date(rnd) + "%03d" % rnd.randint(1, 998)
    return body + mod11_2(body)


def foreigner(rnd):
    body = "9" + rnd.choice(PROVINCES) + rnd.choice(["840", "392", "410", "276", "826"]) + date(rnd) + "%03d" % rnd.randint(1, 998)
    return body + mod11_2(body)


def card(rnd, prefix="62", length=16):
    return luhn(prefix + digits(rnd, length - len(prefix) - 1))


def org_check(body):
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    c = 11 - sum(int(x, 36) * w for x, w in zip(body, weights)) % 11
    return "X" if c == 10 else "0" if c == 11 else str(c)


def org(rnd):
    body = digits(rnd, 8)
    return body + org_check(body)


def uscc(rnd):
    code = rnd.choice(["91", "92"]) + rnd.choice(PROVINCES) + rnd.choice(COUNTIES)
    body = "".join(rnd.choice("ABCDEFGHJKLMNPQRTUWXY" if i in (0, 1) else string.digits) for i in range(8))
    body = code + body + org_check(body)
    total = sum(SIGNS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + SIGNS[-total % 31]


def vin(rnd):
    values = dict(zip("ABCDEFGH", range(1, 9)))
    values.update(zip("JKLMN", range(1, 6)))
    values.update({"P": 7, "R": 9})
    values.update(zip("STUVWXYZ", range(2, 10)))
    values.update({str(i): i for i in range(10)})
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    body = "L" + "".join(rnd.choice(letters) for _ in range(4)) + digits(rnd, 3) + "0" + rnd.choice("FGHJKLMN") + \
        rnd.choice(letters) + digits(rnd, 6)
    c = sum(values[x] * w for x, w in zip(body, weights)) % 11
    return body[:8] + ("X" if c == 10 else str(c)) + body[9:]


def hk(rnd):
    letter, number = rnd.choice(string.ascii_uppercase), digits(rnd, 6)
    total = 36 * 9 + (ord(letter) - 55) * 8 + sum(int(c) * w for c, w in zip(number, range(7, 1, -1)))
    c = -total % 11
    return letter + number + ("A" if c == 10 else str(c))


TW = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28,
                                             29, 32, 30, 31, 33)))


def tw(rnd):
    letter, body = rnd.choice(string.ascii_uppercase), rnd.choice("12") + digits(rnd, 7)
    n = TW[letter]
    total = n // 10 + n % 10 * 9 + sum(int(c) * w for c, w in zip(body, range(8, 0, -1)))
    return letter + body + str(-total % 10)


def iban(rnd):
    country, length = rnd.choice([("DE", 22), ("FR", 27), ("GB", 22), ("CH", 21)])
    bban = digits(rnd, length - 4)
    if country == "GB":
        bban = "WEST" + digits(rnd, 14)
    number = int("".join(str(int(c, 36)) for c in bban + country + "00"))
    return country + "%02d" % (98 - number % 97) + bban


def mrz_check(text):
    value = {c: int(c, 36) for c in string.digits + string.ascii_uppercase}
    value["<"] = 0
    return str(sum(value[c] * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def mrz(rnd):
    number = "E" + digits(rnd, 8)
    birth, expiry = date(rnd)[2:], date(rnd, 2027, 2035)[2:]
    optional = "<" * 14
    parts = number + mrz_check(number), birth + mrz_check(birth), expiry + mrz_check(expiry), optional + "<"
    whole = mrz_check(parts[0] + parts[1] + parts[2] + optional + "<")
    second = parts[0] + "CHN" + parts[1] + rnd.choice("MF") + parts[2] + optional + "<" + whole
    first = ("POCHN" + "ZHANG<<" + "".join(rnd.choice("ABCDEFGH") for _ in range(6))).ljust(44, "<")
    return first + "\n" + second


def mobile(rnd):
    return rnd.choice(["139", "138", "158", "177", "186", "199"]) + rnd.choice("23456789") + digits(rnd, 7)


def policy_number(rnd):
    return "P" + rnd.choice(["DAA", "DZA"]) + str(rnd.randint(2012, 2025)) + rnd.choice(PROVINCES) + digits(rnd, 12)


def address(rnd):
    return "%s%s路%d号%d栋%d单元%d室" % (rnd.choice(["浙江省杭州市西湖区", "江苏省南京市鼓楼区", "广东省深圳市南山区", "北京市朝阳区"]),
                                rnd.choice(["文三", "中山", "解放", "建国"]), rnd.randint(1, 999), rnd.randint(1, 30),
                                rnd.randint(1, 6), rnd.randint(101, 2805))


def name(rnd):
    return rnd.choice("王李张刘陈杨赵黄周吴") + rnd.choice("伟芳娜敏静丽强磊") + rnd.choice(["", "华", "明", "英"])


def email(rnd):
    return "".join(rnd.choice(string.ascii_lowercase) for _ in range(8)) + "@" + rnd.choice(["qq.com", "163.com", "mail.example.cn"])


def group(value, *sizes, sep=" "):
    parts, at = [], 0
    for size in sizes:
        parts.append(value[at:at + size])
        at += size
    return sep.join(p for p in parts if p)


def spoil(rnd, value):
    """The same shape with a check digit that is wrong: the last digit one further."""
    at = max(i for i, c in enumerate(value) if c.isdigit())
    return value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1:]


class Kind:
    """One detector: how a value is made, how it is written, and the words that go with it."""

    def __init__(self, make, forms, checked=False, digits_only=False, spoil=None, words=None):
        self.make, self.forms, self.checked = make, forms, checked
        self.digits_only, self.spoil = digits_only, spoil
        self.words = words


def id_forms(word):
    return {
        "bare": lambda v: v,
        "word": lambda v: word + "：" + v,
        "6-8-4 space": lambda v: word + " " + group(v, 6, 8, 4),
        "6-8-4 dash": lambda v: word + " " + group(v, 6, 8, 4, sep="-"),
        "6-8-3-1": lambda v: word + " " + group(v, 6, 8, 3, 1),
        "lower x": lambda v: word + " " + v.lower(),
        "json": lambda v: '{"idNo": "%s"}' % v,
        "excel tab": lambda v: word + ',"\t%s"' % v,
    }


KINDS = {
    "cn_resident_id": Kind(resident, id_forms("身份证号"), checked=True, spoil=spoil),
    "cn_resident_id_15": Kind(lambda r: r.choice(PROVINCES) + r.choice(COUNTIES) + date(r, 1950, 1999)[2:] + digits(r, 3),
                              {"word": lambda v: "身份证号：" + v, "key": lambda v: "sfzh=" + v}),
    "cn_residence_permit": Kind(lambda r: resident(r, r.choice(["810000", "820000", "830000"])),
                                {"bare": lambda v: v, "word": lambda v: "居住证 " + v,
                                 "6-8-4 space": lambda v: "港澳居民居住证 " + group(v, 6, 8, 4)}, checked=True, spoil=spoil),
    "cn_foreigner_id": Kind(foreigner, {"word": lambda v: "外国人永久居留身份证 " + v, "bare": lambda v: v}, checked=True, spoil=spoil),
    "hk_id": Kind(hk, {"parentheses": lambda v: v[:7] + "(" + v[7:] + ")", "word": lambda v: "香港身份证 " + v,
                       "full-width parentheses": lambda v: "HKID " + v[:7] + "（" + v[7:] + "）"}, spoil=spoil),
    "tw_id": Kind(tw, {"word": lambda v: "身分證字號：" + v, "居留證": lambda v: "台湾身份证号 " + v}, spoil=spoil),
    "mo_id": Kind(lambda r: r.choice("157") + digits(r, 7), {"word": lambda v: "澳门身份证 " + v[:7] + "(" + v[7] + ")"}),
    "cn_passport": Kind(lambda r: "E" + r.choice("ABCDEFGHJK") + digits(r, 7),
                        {"word": lambda v: "护照号码：" + v, "en": lambda v: "passport no " + v}),
    "cn_travel_permit": Kind(lambda r: r.choice("HM") + digits(r, 8),
                             {"word": lambda v: "港澳居民来往内地通行证 " + v, "回乡证": lambda v: "回乡证：" + v + "02"}),
    "cn_mobile": Kind(mobile, {
        "bare with word": lambda v: "手机" + v, "3-4-4 dash": lambda v: "电话 " + group(v, 3, 4, 4, sep="-"),
        "3-4-4 space": lambda v: "电话 " + group(v, 3, 4, 4), "3-8": lambda v: "tel " + group(v, 3, 8),
        "7-4": lambda v: "mobile " + group(v, 7, 4), "dots": lambda v: "联系方式 " + group(v, 3, 4, 4, sep="."),
        "+86": lambda v: "+86" + v, "(+86)": lambda v: "手机 (+86)" + v, "86-": lambda v: "手机 86-" + v,
        "0086": lambda v: "手机0086" + v, "json": lambda v: '{"custMobile":"%s"}' % v}),
    "cn_landline": Kind(lambda r: r.choice(["010", "021", "0571", "0755"]) + r.choice("2345678") + digits(r, 7),
                        {"dash": lambda v: "联系电话：" + (v[:3] + "-" + v[3:] if v[1] in "12" else v[:4] + "-" + v[4:]),
                         "parentheses": lambda v: "电话：(" + (v[:3] + ")" + v[3:] if v[1] in "12" else v[:4] + ")" + v[4:])}),
    "payment_card": Kind(card, {
        "bare": lambda v: v, "word": lambda v: "银行卡号：" + v, "4-4-4-4": lambda v: group(v, 4, 4, 4, 4),
        "4-4-4-4 dash": lambda v: group(v, 4, 4, 4, 4, sep="-"), "6-10": lambda v: "卡号 " + group(v, 6, 10),
        "json": lambda v: '{"cardNo":"%s"}' % v}, checked=True, digits_only=True, spoil=spoil),
    "bank_account": Kind(lambda r: "3301" + digits(r, 17), {"word": lambda v: "对公账号：" + v, "开户": lambda v: "收款账号 " + v}),
    "card_verification": Kind(lambda r: digits(r, 3), {"cvv": lambda v: "卡号 " + card(random.Random(v)) + " CVV2: " + v,
                                                       "安全码": lambda v: "银行卡 " + card(random.Random(v)) + " 安全码 " + v}),
    "card_track": Kind(lambda r: ";" + card(r, "62", 19) + "=2912" + "101" + digits(r, 10) + "?", {"track 2": lambda v: v}),
    "cn_uscc": Kind(uscc, {"bare": lambda v: v, "word": lambda v: "统一社会信用代码：" + v}, checked=True, spoil=spoil),
    "cn_org_code": Kind(org, {"dash": lambda v: "组织机构代码：" + v[:8] + "-" + v[8], "bare": lambda v: "组织机构代码 " + v}, spoil=spoil),
    "cn_plate": Kind(lambda r: r.choice("京沪浙苏粤川") + r.choice("ABCDEFG") + r.choice(string.digits) + r.choice("ABCDEFGH") + digits(r, 3),
                     {"bare": lambda v: "车牌" + v, "dot": lambda v: "号牌 " + v[:2] + "·" + v[2:]}),
    "vin": Kind(vin, {"bare": lambda v: v, "word": lambda v: "车架号：" + v}, checked=True, spoil=spoil),
    "insurance_policy": Kind(policy_number, {"word": lambda v: "保单号：" + v, "投保单号": lambda v: "投保单号 " + v, "json": lambda v: '{"policyNo":"%s"}' % v}),
    "insurance_claim": Kind(lambda r: "R" + policy_number(r)[1:], {"报案号": lambda v: "报案号：" + v, "赔案号": lambda v: "赔案号 C" + v[1:]}),
    "medical_record": Kind(lambda r: digits(r, 8), {"病案号": lambda v: "病案号：" + v, "住院号": lambda v: "住院号 " + v}),
    "medical_terms": Kind(lambda r: r.choice(["糖尿病", "高血压", "乙型肝炎"]) + "、" + r.choice(["恶性肿瘤", "抑郁症"]) + "、" +
                          r.choice(["冠心病", "体检报告"]),
                          {"with a customer": lambda v: "身份证号 " + resident(random.Random(v)) + " 诊断：" + v}),
    "cn_military_id": Kind(lambda r: digits(r, 7), {"军官证": lambda v: "军官证号：军字第" + v + "号"}),
    "email": Kind(email, {"bare": lambda v: "邮箱：" + v, "angle": lambda v: "email <" + v + ">"}),
    "cn_address": Kind(address, {"word": lambda v: "家庭住址：" + v, "bare": lambda v: v}),
    "cn_name": Kind(name, {"姓名": lambda v: "客户姓名：" + v, "被保险人": lambda v: "被保险人：" + v}),
    "birth_date": Kind(lambda r: date(r), {"出生": lambda v: "出生日期：" + v[:4] + "-" + v[4:6] + "-" + v[6:],
                                          "hanzi": lambda v: "出生日期 " + v[:4] + "年" + str(int(v[4:6])) + "月" + str(int(v[6:])) + "日"}),
    "im_account": Kind(lambda r: "wxid_" + "".join(r.choice(string.ascii_lowercase + string.digits) for _ in range(14)),
                       {"wxid": lambda v: "微信：" + v, "qq": lambda v: "QQ：2" + str(sum(map(ord, v)) * 7919)[:8]}),
    "iban": Kind(iban, {"bare": lambda v: "IBAN " + v, "groups": lambda v: "IBAN " + group(v, *[4] * 8)}, spoil=spoil),
    "us_ssn": Kind(lambda r: "%03d-%02d-%04d" % (r.randint(100, 600), r.randint(10, 99), r.randint(1000, 9999)), {"word": lambda v: "SSN " + v}),
    "passport_mrz": Kind(mrz, {"td3": lambda v: v}),
    "imei": Kind(lambda r: luhn("86" + digits(r, 12)), {"word": lambda v: "IMEI：" + v}, spoil=spoil),
    "ip_address": Kind(lambda r: "%d.%d.%d.%d" % (r.choice([61, 101, 114, 202]), r.randint(1, 250), r.randint(1, 250), r.randint(1, 250)),
                       {"word": lambda v: "客户IP地址：" + v}),
    "secret": Kind(lambda r: "LTAI" + "".join(r.choice(string.ascii_letters + string.digits) for _ in range(20)),
                   {"access key": lambda v: "AccessKeyId: " + v, "password": lambda v: "登录密码：Xk" + v[8:15] + "!7"}),
}

# Ways to hide a number from a pattern that is read as it stands. Each takes the value and gives the disguised one.
HANZI = {"lower": "〇一二三四五六七八九", "upper": "零壹贰叁肆伍陆柒捌玖", "circled": "⓪①②③④⑤⑥⑦⑧⑨"}


def translate(value, table):
    return "".join(table[int(c)] if c.isdigit() else c for c in value)


def wide(value):
    return "".join(chr(ord(c) + 0xfee0) if "!" <= c <= "~" else c for c in value)


DISGUISES = {
    "full width": wide,
    "spaced": " ".join,
    "zero width space": "\u200b".join,
    "zero width joiner": "\u200d".join,
    "soft hyphen": "\u00ad".join,
    "byte order marks": "\ufeff".join,
    "bidi": lambda v: "\u202d" + v + "\u202c",
    "hanzi": lambda v: translate(v, HANZI["lower"]),
    "hanzi formal": lambda v: translate(v, HANZI["upper"]),
    "circled": lambda v: translate(v, HANZI["circled"]),
    "arabic-indic": lambda v: translate(v, "٠١٢٣٤٥٦٧٨٩"),
    "look-alikes": lambda v: v.replace("0", "O").replace("1", "l"),
    "reversed": lambda v: v[::-1],
    "two lines": lambda v: v[:10] + "\n" + v[10:],
    "two cells": lambda v: v[:10] + "\t" + v[10:],
}
DISGUISES.update({"separator " + label: lambda v, c=c: v[:6] + c + v[6:] for label, c in (
    ("space", " "), ("no-break", "\u00a0"), ("en space", "\u2002"), ("dash", "-"), ("en dash", "\u2013"), ("minus", "\u2212"),
    ("dot", "."), ("middle dot", "·"), ("underscore", "_"), ("slash", "/"), ("comma", ","), ("full-width comma", "，"))})
