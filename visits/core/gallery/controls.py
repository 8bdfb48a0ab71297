"""Lines above a page, drafts, forms."""

from django import forms

BANNERS = [
    {"state": "soon", "icon": "info", "title": "试运行，数据不作考核。", "url": "#", "link": "看启用日期"},
    {"state": "soon", "icon": "cal", "title": "名单旧了。", "text": "留守儿童名单还是9月的。"},
    {"state": "idle", "icon": "cal", "title": "2027年放假安排没录入。", "text": "跨年的日期先按周末估。"},
    {
        "state": "late",
        "icon": "storm",
        "title": "台风专项巡访开着。",
        "text": "11月25日 周三18:00前，还有12人。",
    },
    {"state": "late", "icon": "archive", "title": "3天没有备份了。", "text": "请找管理员。"},
]
DRAFTS = [
    {"state": "saved", "word": "已自动保存 14:32", "url": "#clean", "link": "还差1项"},
    {"state": "trying", "word": "还没存上，正在再试", "url": "#", "link": "再存一次"},
    {"state": "left", "word": "有没写完的：林依妹，14:32", "url": "#", "link": "接着写"},
]


class VisitSample(forms.Form):
    """A form with each kind of control, so that the page shows them bound, unbound and wrong."""

    day = forms.ChoiceField(
        label="哪天去的",
        choices=[("1", "今天下午"), ("2", "今天上午"), ("3", "昨天"), ("4", "别的日子")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选一下是哪天。"},
    )
    reminded = forms.MultipleChoiceField(
        label="今天做了什么",
        choices=[("1", "关火关气"), ("2", "防诈骗"), ("3", "按时吃药"), ("4", "防滑防摔"), ("5", "聊天陪伴")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    phone = forms.RegexField(
        r"^1\d{10}$",
        label="手机号",
        help_text="本人或家里人的都行。",
        error_messages={"invalid": "手机号是11位，请数一数。"},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 20}),
    )
    place = forms.ChoiceField(
        label="在哪里", choices=[("", "请选"), ("1", "家里"), ("2", "医院")], required=False
    )
    words = forms.CharField(
        label="怎么回事",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"maxlength": 200}),
        help_text="一两句就行。",
    )
    hidden_note = forms.BooleanField(
        label="不便在村里公开", required=False, help_text="只报乡镇和县，村里的单子上看不到。"
    )


class ReasonSample(forms.Form):
    about = forms.CharField(label="大概哪天", initial="2026年11月18日前后", max_length=30)


class WhereSample(forms.Form):
    where = forms.ChoiceField(
        label="一起记为", choices=[("1", "停发"), ("2", "去世"), ("3", "迁出"), ("4", "漏导（还在名单上）")]
    )
