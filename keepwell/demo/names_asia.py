"""Parts of names in Taiwan, China, Japan, Korea, Malaysia and Singapore: Latin letters and own script."""

Part = tuple[str, str]


def _parts(text: str) -> list[Part]:
    """Pairs of Latin letters and own script; a number after them says how often they stand in the list."""
    found: list[Part] = []
    words = text.split()
    while words:
        latin, own = words.pop(0), words.pop(0)
        times = int(words.pop(0)) if words and words[0].isdigit() else 1
        found.extend([(latin, own)] * times)
    return found


def _words(text: str) -> list[str]:
    """The names in `text`, blanks between them."""
    return text.split()


TAIWAN_FAMILIES = _parts("""
Chen 陳 22 Lin 林 16 Huang 黃 12 Chang 張 11 Li 李 10 Wang 王 8 Wu 吳 8 Liu 劉 6 Tsai 蔡 6 Yang 楊 5
Hsu 許 5 Cheng 鄭 4 Hsieh 謝 4 Kuo 郭 3 Hung 洪 3 Chiu 邱 3 Tseng 曾 3 Liao 廖 3 Lai 賴 3 Hsu 徐 3
Chou 周 2 Yeh 葉 2 Su 蘇 2 Chuang 莊 2 Lu 呂 2 Chiang 江 2 Ho 何 2 Hsiao 蕭 2 Lo 羅 2 Kao 高 2 Pan 潘 2
Chien 簡 2 Chu 朱 2 Chung 鍾 2 Peng 彭 Yu 游 Chan 詹 Hu 胡 Shih 施 Shen 沈 Yu 余 Lu 盧 Liang 梁 Chao 趙
Yen 顏 Ko 柯 Weng 翁 Wei 魏 Sun 孫 Tai 戴 Fan 范 Fang 方 Sung 宋 Teng 鄧 Tu 杜 Fu 傅 Hou 侯 Tsao 曹
Hsueh 薛 Ting 丁 Cho 卓 Juan 阮 Ma 馬 Tung 董 Wen 溫 Tang 唐 Lan 藍 Chi 紀 Yao 姚 Shih 石 Chiang 蔣
Ou 歐
""")
_WOMEN_FIRST = _parts("""
Yi 怡 Chia 佳 Shu 淑 Ya 雅 Mei 美 Pei 佩 Hsin 欣 Hsiao 筱 Ching 靜 Shih 詩 Yi 宜 Hui 惠 Hsiu 秀 Szu 思
Tzu 子 Yu 郁 Wan 婉 Yu 玉 Meng 孟 Hsin 心 Li 麗 Yun 韻 Chih 芷 Yen 嫣
""")
_WOMEN_SECOND = _parts("""
Ting 婷 Chun 君 Fen 芬 Ling 玲 Hua 華 Shan 珊 Fang 芳 Jung 蓉 Ju 如 Hui 慧 Chi 琪 Ping 萍 Yu 妤 Yu 瑜
Wen 文 Yi 儀 Wen 雯 Chen 真 Chuan 娟 Ying 穎 Han 涵 Ting 庭 Chieh 潔 Hui 蕙 An 安 Hsuan 萱 Ling 伶
Tzu 慈
""")
_MEN_FIRST = _parts("""
Chih 志 Chia 家 Chun 俊 Chien 建 Tsung 宗 Ming 明 Kuan 冠 Yen 彥 Wen 文 Cheng 承 Po 柏 Hsin 信 Kuo 國
Cheng 正 Yu 育 Che 哲 Cheng 政 Wei 威 Hung 宏 Chih 智 Yung 永 Shih 世 Po 博 Ching 景
""")
_MEN_SECOND = _parts("""
Hao 豪 Wei 偉 Hung 宏 Ming 明 Chieh 傑 Han 翰 Lin 霖 Ting 廷 Hsien 賢 Ming 銘 Kai 凱 Cheng 成 Te 德
Jung 榮 Hsuan 軒 Yu 宇 Liang 良 Wei 維 Jen 仁 Lun 倫 Ta 達 Hua 華 Lung 龍 Hsiang 祥
""")
TAIWAN_GIVEN = [(_WOMEN_FIRST, _WOMEN_SECOND), (_MEN_FIRST, _MEN_SECOND)]

CHINA_FAMILIES = _parts("""
Wang 王 8 Li 李 8 Zhang 张 8 Liu 刘 6 Chen 陈 5 Yang 杨 4 Zhao 赵 3 Huang 黄 3 Zhou 周 3 Wu 吴 3 Xu 徐 2
Sun 孙 2 Hu 胡 2 Zhu 朱 2 Gao 高 2 Lin 林 2 He 何 2 Guo 郭 2 Ma 马 2 Luo 罗 2 Liang 梁 Song 宋 Zheng 郑
Xie 谢 Han 韩 Tang 唐 Feng 冯 Yu 于 Dong 董 Xiao 萧 Cheng 程 Cao 曹 Yuan 袁 Deng 邓 Xu 许 Fu 傅 Shen 沈
Zeng 曾 Peng 彭 Lu 吕 Su 苏 Lu 卢 Jiang 蒋 Cai 蔡 Jia 贾 Ding 丁 Wei 魏 Xue 薛 Ye 叶 Yan 阎 Yu 余 Pan 潘
Du 杜 Dai 戴 Xia 夏 Zhong 钟 Wang 汪 Tian 田 Ren 任 Jiang 姜 Fan 范 Fang 方 Shi 石 Yao 姚 Tan 谭
""")
CHINA_GIVEN = _parts("""
Wei 伟 Fang 芳 Na 娜 Min 敏 Jing 静 Li 丽 Qiang 强 Lei 磊 Jun 军 Yang 洋 Yong 勇 Yan 艳 Jie 杰 Juan 娟
Tao 涛 Ming 明 Chao 超 Xia 霞 Ping 平 Gang 刚 Hua 华 Fei 飞 Hong 红 Bo 波 Hui 辉 Xin 鑫 Yu 宇 Hao 浩
Kai 凯 Jian 健 Ting 婷 Xue 雪 Lin 琳 Dan 丹 Meng 萌 Qian 倩 Yue 月 Rui 睿 Chen 晨 Zhe 哲 Yi 怡 Han 涵
Xuan 轩 Zi 子 Jia 佳 Wen 文 Si 思 Xiao 晓 Jin 金 Yun 云
""")

JAPAN_FAMILIES = _parts("""
Sato 佐藤 6 Takahashi 高橋 4 Tanaka 田中 4 Watanabe 渡辺 4 Ito 伊藤 3 Nakamura 中村 3 Kobayashi 小林 3
Kato 加藤 3 Yoshida 吉田 2 Yamada 山田 2 Sasaki 佐々木 2 Yamaguchi 山口 2 Matsumoto 松本 2 Inoue 井上 2
Kimura 木村 2 Hayashi 林 Shimizu 清水 Saito 斎藤 Yamazaki 山崎 Mori 森 Ikeda 池田 Hashimoto 橋本
Abe 阿部 Ishikawa 石川 Yamashita 山下 Nakajima 中島 Maeda 前田 Fujita 藤田 Ogawa 小川 Goto 後藤
Okada 岡田 Hasegawa 長谷川 Murakami 村上 Kondo 近藤 Ishii 石井 Sakamoto 坂本 Endo 遠藤 Aoki 青木
Fujii 藤井 Nishimura 西村 Fukuda 福田 Ota 太田 Miura 三浦 Okamoto 岡本 Matsuda 松田 Nakagawa 中川
Nakano 中野 Harada 原田 Ono 小野 Takeuchi 竹内
""")
JAPAN_GIVEN = _parts("""
Haruka 遥 Yui 結衣 Aoi 葵 Sakura 桜 Misaki 美咲 Nanami 七海 Ayaka 彩花 Mai 舞 Yuka 由佳 Emi 恵美
Tomoko 智子 Keiko 恵子 Naoko 直子 Mika 美香 Rina 里奈 Kana 加奈 Chihiro 千尋 Megumi 恵 Akane 茜
Shiori 栞 Haruto 陽翔 Sota 颯太 Yuto 悠斗 Ren 蓮 Kaito 海斗 Daiki 大輝 Takumi 拓海 Kenta 健太 Shota 翔太
Ryo 亮 Kenji 健二 Hiroshi 浩 Takashi 隆 Makoto 誠 Satoshi 聡 Kazuya 和也 Naoki 直樹 Yusuke 祐介
Tetsuya 哲也 Masato 正人 Hideki 秀樹 Koji 浩二 Jun 純 Osamu 修 Shinji 真司 Akira 明
""")

KOREA_FAMILIES = _parts("""
Kim 김 20 Lee 이 14 Park 박 8 Choi 최 5 Jung 정 5 Kang 강 3 Cho 조 3 Yoon 윤 3 Jang 장 2 Lim 임 2
Han 한 2 Oh 오 2 Seo 서 2 Shin 신 2 Kwon 권 2 Hwang 황 2 Ahn 안 2 Song 송 2 Ryu 류 Hong 홍 Jeon 전 Ko 고
Moon 문 Yang 양 Son 손 Bae 배 Baek 백 Heo 허 Nam 남 Sim 심 Noh 노 Ha 하 Kwak 곽 Sung 성 Cha 차 Joo 주
Woo 우 Na 나
""")
KOREA_FIRST = _parts("""
Min 민 Seo 서 Ji 지 Ha 하 Ye 예 Su 수 Jun 준 Hyun 현 Sung 성 Young 영 Eun 은 Dong 동 Jae 재 Tae 태
Yoo 유 Do 도 Chae 채 Si 시 Woo 우 Hye 혜 Jin 진 Kyung 경 Sang 상 Chan 찬
""")
KOREA_SECOND = _parts("""
Jun 준 Yeon 연 Woo 우 Jin 진 Hyun 현 Eun 은 Ho 호 Ah 아 Min 민 Hee 희 Bin 빈 Won 원 Young 영 Seok 석
Jung 정 Kyu 규 Mi 미 Na 나 Hoon 훈 Soo 수 Rin 린 Yul 율 Ri 리 Gyeong 경
""")

MALAY_WOMEN = _words("""
Farah Nurul Siti Aisyah Nadia Hidayah Zulaikha Izzati Syafiqah Aminah Rohana Suraya Hanis Azura Liyana
Maisarah Sharifah Norhayati Fatin Balqis Khadijah Amira Sabrina Haslina Rosnah Zarina Mastura Fauziah
Shahira Nabila
""")
MALAY_MEN = _words("""
Ahmad Faizal Hafiz Azlan Amirul Syafiq Zulkifli Razak Hakim Ismail Farid Khairul Nizam Shahrul Azman
Firdaus Iskandar Haziq Ridzuan Kamal Danial Imran Asyraf Fikri Luqman Rosli Hairi Zainal Saiful Taufik
""")
MALAY_FATHERS = _words("""
Idris Rahman Abdullah Hassan Yusof Othman Ibrahim Salleh Hamzah Mansor Jamaludin Bakar Ghani Mahmud
Nordin Samad Rashid Latif Aziz Kassim Zakaria Sulaiman Harun Ramli Osman Daud Yaakob Hashim Ariffin Musa
Talib Ishak Mokhtar Saad
""")
STRAITS_FAMILIES = _words("""
Tan Tan Tan Tan Lim Lim Lim Lee Lee Ng Ng Ong Ong Wong Wong Goh Chua Chan Koh Teo Ang Yeo Tay Ho Low Toh
Sim Chong Chia Seah Khoo Ooi Cheah Loh Teoh Yap Beh Saw Tang Quek Foo Lau
""")
STRAITS_FIRST = _words("""
Wei Jia Hui Mei Li Xin Yi Siew Chee Kok Boon Kah Soo Poh Zhi Jun Yong Kai Jun Min Shu Pei Ai Swee Eng
Teck Hock Chin Sze Yan
""")
STRAITS_SECOND = _words("""
Ling Hong Keong Leong Min Ying Ming Yee Hao Jie Wen Xuan Fen Kiat Lin Choo Peng Yan Sheng Hwa Yun Chuan
Seng Hoon Kit Lian Han Qi Wai Loong
""")
INDIAN_GIVEN = _words("""
Priya Kavitha Lakshmi Anitha Deepa Shalini Meena Revathi Divya Sangeetha Vasantha Malathi Ravi Suresh
Kumar Ganesh Prakash Arun Vijay Mohan Rajan Dinesh Selvam Karthik Balan Siva Murali Anand
""")
INDIAN_FAMILIES = _words("""
Nair Pillai Krishnan Subramaniam Raman Muthu Govindasamy Rajendran Chandran Maniam Perumal Sundaram Velu
Arumugam Menon Letchumanan Palani Ramasamy Thangavelu Segaran Gopal Kannan Devan Narayanan
""")
