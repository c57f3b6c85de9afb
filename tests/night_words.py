"""What the steps of the night at Penang look for on the screens, in the languages in which it is walked."""

from __future__ import annotations

ENGLISH = {
    "similar": "2 similar reports", "one incident": "Make one incident of these", "take up": "Take it up",
    "lead": "lead Hafiz Rashid", "why S2": "Why S2", "why S3": "Why S3", "line stands": "A line stands.",
    "core": "A core system is touched.", "not touched": "Not touched.", "highest": "The highest factor decides.",
    "taiwan": "Beside it: Taiwan’s level 2.", "otherwise": "the facts give S3: Line 5 was to stand",
    "duty officer": "group CSIRT duty officer", "at 03:10": "Sat 03:10", "city": "Kuala Lumpur",
    "under": "Escalation · group policy", "consequences": "Likely consequences", "approver": "Approved by Ada Lin",
    "nobody": "Nobody acknowledged S2 within 16 minutes of the call to Chia-Tzu", "acknowledge": "Acknowledge the level",
    "acknowledged": "Yu-Hsiang Liu acknowledged S2.", "playbook": "Take “Malware in OT”", "tasks": "0 of 13 done",
    "site": "Penang Assembly 2", "amount": "USD 92,000", "reason": "reason: No sign of spread in two checks",
    "look": "Look through it", "add": "Add what is chosen", "object": "Take an object", "seal": "seal 0417",
    "raised": "Level raised from S2 to S3.", "rise": "escalation after a rise", "at 03:25": "Sat 03:25", "left": "30 min",
    "mail": "Send by mail", "draft": "Draft a notice", "write": "Write", "keep": "Keep the notice",
    "complete": "6 of 6 contents", "approve": "Approve", "ask": "Ask the sites", "asked": "0 of 2 answered",
    "exposed": "exposed", "answered": "1 of 2 answered, none exposed so far", "steps": "draft,approved,sent",
    "sent": "Mail, 03:10", "ada": "Ada Lin", "hafiz": "Hafiz Rashid",
}  # fmt: skip
CHINESE = {
    "similar": "2 件類似通報", "one incident": "將這些通報開立為一件事件", "take up": "接手",
    "lead": "負責人 Hafiz Rashid", "why S2": "為何是 S2", "why S3": "為何是 S3", "line stands": "產線停擺。",
    "core": "影響核心系統。", "not touched": "未涉及。", "highest": "以最高的因素為準。",
    "taiwan": "並列：臺灣分級第 2 級。", "otherwise": "事實所得為 S3：Line 5 was to stand",
    "duty officer": "集團 CSIRT 值班人員", "at 03:10": "星期六 03:10", "city": "吉隆坡",
    "under": "升級通報", "consequences": "可能後果", "approver": "林雅達",
    "nobody": "16 分鐘內無人確認獲知 S2", "acknowledge": "確認獲知等級",
    "acknowledged": "確認獲知 S2", "playbook": "採用「OT 惡意程式」", "tasks": "13 項完成 0 項",
    "site": "檳城", "amount": "USD 92,000", "reason": "理由：No sign of spread in two checks",
    "look": "檢視內容", "add": "新增所選項目", "object": "保管實物", "seal": "封條 0417",
    "raised": "等級由 S2 調升為 S3。", "rise": "等級上升後的升級通報", "at 03:25": "星期六 03:25", "left": "30 分",
    "mail": "以電子郵件送出", "draft": "草擬通知", "write": "撰寫", "keep": "儲存通知",
    "complete": "6 項內容中已有 6 項", "approve": "核准", "ask": "詢問這些廠區", "asked": "2 個中 0 個已回覆",
    "exposed": "受影響", "answered": "2 個中 1 個已回覆，目前無受影響者", "steps": "草稿,核准,送出",
    "sent": "郵件，03:10", "ada": "林雅達", "hafiz": "Hafiz Rashid",
}  # fmt: skip
WORDS = {"en": ENGLISH, "zh-hant": CHINESE}
