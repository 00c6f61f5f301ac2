"""Names from many parts of the world. A name in another script has its Latin form for the e-mail address: `Олена:olena`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Given and family names that go together, their frequency in the demo, and the country of the phone number."""

    weight: int
    phone: str
    given: tuple[str, ...]
    family: tuple[str, ...]


def culture(weight: int, phone: str, given: str, family: str) -> Culture:
    return Culture(weight, phone, tuple(given.split()), tuple(name.replace("_", " ") for name in family.split()))


# Ranges reserved for fiction: nobody has these numbers.
PHONES = {
    "us": ("+1 202 555 01{:02}", "+1 415 555 01{:02}", "+1 312 555 01{:02}", "+1 617 555 01{:02}"),
    "uk": ("+44 20 7946 0{:03}", "+44 161 496 0{:03}", "+44 7700 900{:03}"),
    "fr": ("+33 6 39 98 {:02} {:02}", "+33 1 99 00 {:02} {:02}"),
    "de": ("+49 30 23125 {:03}", "+49 40 66969 {:03}"),
    "se": ("+46 8 465 004 {:02}",),
    "au": ("+61 2 5550 {:02}{:02}",),
}

CULTURES = (
    culture(
        16,
        "uk",
        "Alice Amelia Arthur Callum Charlotte Daniel Edith Eleanor Florence George Grace Harriet Isla Jack Kit Nora Rosie Thomas",
        "Ashworth Barker Bennett Clarke Cooper Fletcher Greenwood Hughes Kendall Langley Mercer Osborne Pritchard Shaw Turner Whitfield",
    ),
    culture(
        16,
        "us",
        "Aaliyah Andre Brianna Caleb Destiny Elijah Jasmine Jordan Keisha Logan Maya Malik Naomi Owen Ruth Tyrone Savannah Wyatt",
        "Bailey Brooks Carter Coleman Freeman Hayes Jefferson Lawson McCoy Powell Ramsey Sullivan Washington Webb Whitaker Young",
    ),
    culture(
        6,
        "uk",
        "Aoife Cian Ciarán Conor Éabha Eoin Gráinne Niamh Oisín Róisín Saoirse Seán",
        "Byrne Doyle Fitzgerald Gallagher Kavanagh Ó_Briain O'Connell O'Sullivan Ní_Dhonnchadha Walsh",
    ),
    culture(
        8,
        "us",
        "Alejandra Andrés Begoña Camila Diego Inés Íñigo Javier Joaquín José Lucía Martín Mónica Raúl Sofía Ximena",
        "Álvarez Castro Domínguez Fernández García_Márquez Gutiérrez Hernández Ibáñez López Muñoz Núñez Peña Ramírez Vásquez",
    ),
    culture(
        6,
        "us",
        "Ana Antônio Caio Conceição Fábio Gonçalo Inês Joana João Luísa Mônica Rui Simão Thaís",
        "Almeida Araújo Brandão Conceição Gonçalves Magalhães Moreira Nogueira Ribeiro Simões",
    ),
    culture(
        7,
        "fr",
        "Adèle Amélie Benoît Chloé Cyrille Élise Étienne François Gaëlle Hélène Jérôme Léa Maëlle Noémie Théo Zoé",
        "Bélanger Chevalier Crépin Desrosiers Dupré Fournier Lefèvre Léger Marchand Prévost Rousseau Saint-Clair",
    ),
    culture(
        8,
        "de",
        "Anneliese Björn Christoph Friederike Günter Hannelore Jörg Käthe Lukas Marlene Moritz Sören Theresa Uwe",
        "Bäcker Böhm Grünwald Köhler Krämer Löwe Müller Schäfer Schröder Strauß Vogt von_Bergen Weiß",
    ),
    culture(
        6,
        "se",
        "Åsa Astrid Björk Gunnar Göran Håkon Ingrid Jóhanna Kjersti Linnéa Øystein Rúnar Sigrún Søren Tuuli Väinö",
        "Åkesson Bergström Dahl Grønkjær Hämäläinen Jónsdóttir Lindström Mäkinen Nygård Östlund Sørensen Þórsson",
    ),
    culture(
        6,
        "de",
        "Agnieszka Błażej Grażyna Jarosław Łucja Małgorzata Paweł Stanisław Świętosława Wojciech Zofia Żaneta",
        "Błaszczyk Chmielewska Dąbrowski Jabłońska Kozłowski Łukasik Piątek Sikora Wiśniewski Zając",
    ),
    culture(
        5,
        "de",
        "Božena Dušan Jiří Ľubica Kateřina Ondřej Růžena Štěpán Vojtěch Žofie Đorđe Nikša",
        "Černý Dvořák Horváth Kovačević Kučerová Němec Novotný Šimek Stojković Župan",
    ),
    culture(
        4,
        "de",
        "Ágnes Balázs Enikő Ferenc Gergő Ildikó László Réka Zsófia Ștefan Ioana Mădălina",
        "Bánffy Fekete Gyöngyösi Kőszegi Nagy Szűcs Tóth Ionescu Țăranu Văcărescu",
    ),
    culture(
        5,
        "de",
        "Ayşe Barış Çağla Doğan Elif Gülşen İpek Ömer Özlem Şükrü Uğur Yiğit",
        "Akın Çelik Demir Erdoğdu Güneş Kılıç Öztürk Şahin Yıldırım Yılmaz",
    ),
    culture(
        5,
        "us",
        "Bảo Đức Hằng Hiếu Linh Minh Ngọc Phương Quỳnh Thảo Tuấn Yến",
        "Bùi Đặng Đỗ Dương Hoàng Huỳnh Lê Ngô Nguyễn Phạm Trần Võ",
    ),
    culture(
        7,
        "uk",
        "Aarav Ananya Arjun Deepika Ishaan Kavya Lakshmi Meera Nikhil Priya Rahul Sanjana Vikram Zara",
        "Banerjee Chatterjee Desai Fernando Iyer Kapoor Krishnan Mehta Nair Perera Reddy Sharma",
    ),
    culture(
        6,
        "uk",
        "Adébáyọ̀ Amara Chiamaka Chinedu Fọlákẹ́ Ifẹ́olúwa Kwabena Nneka Nokuthula Olúwaṣeun Sipho Tendai Wanjikũ Yaa",
        "Adéyẹmí Asante Dlamini Eze Mensah Moyo Mwangi Ndlovu Nwosu Ọláwálé Okafor Owusu",
    ),
    culture(
        3,
        "au",
        "Aroha Hēmi Kahurangi Kāhu Manaia Ngaire Rāwiri Tāne Leilani Kaʻimi",
        "Fāʻalogo Kahananui Ngāta Parāone Rangihuna Tāwhiri Tūhoe Wīhongi",
    ),
    culture(
        4,
        "us",
        "Ahmed:ahmed Fatima:fatima Hassan:hassan Leïla:leila Omar:omar Samira:samira Yasmine:yasmine Youssef:youssef",
        "Al-Masri:almasri Benali:benali El-Amrani:elamrani Haddad:haddad Khalil:khalil Mansour:mansour",
    ),
    culture(
        3,
        "us",
        "أحمد:ahmad فاطمة:fatima ليلى:layla يوسف:yusuf مريم:maryam سامي:sami",
        "الحداد:alhaddad خليل:khalil المصري:almasri منصور:mansour نجار:najjar",
    ),
    culture(
        2,
        "us",
        "אברהם:avraham יעל:yael נועה:noa משה:moshe תמר:tamar",
        "אלון:alon כהן:cohen לוי:levi מזרחי:mizrahi שפירא:shapira",
    ),
    culture(
        4,
        "de",
        "Андрій:andrii Зоя:zoya Катерина:kateryna Людмила:lyudmila Олена:olena Тарас:taras Юлія:yuliia",
        "Бондаренко:bondarenko Гончарук:honcharuk Ковальчук:kovalchuk Петрова:petrova Соколов:sokolov Шевченко:shevchenko",
    ),
    culture(
        2,
        "de",
        "Ανδρέας:andreas Ελένη:eleni Γιώργος:giorgos Μαρία:maria Νίκος:nikos",
        "Γεωργίου:georgiou Δημητρίου:dimitriou Κωνσταντίνου:konstantinou Παπαδοπούλου:papadopoulou",
    ),
    culture(
        4,
        "us",
        "伟:wei 芳:fang 静:jing 明:ming 丽:li 晓雨:xiaoyu 建国:jianguo 思远:siyuan 雨桐:yutong 子涵:zihan",
        "陈:chen 黄:huang 李:li 林:lin 刘:liu 王:wang 吴:wu 张:zhang 赵:zhao 欧阳:ouyang",
    ),
    culture(
        4,
        "us",
        "陽菜:hina 結衣:yui 大翔:hiroto 健太:kenta さくら:sakura 優子:yuko 直樹:naoki 美咲:misaki",
        "佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 渡辺:watanabe 中村:nakamura",
    ),
    culture(
        3,
        "us",
        "민준:minjun 서연:seoyeon 지우:jiwoo 하은:haeun 도윤:doyoon 수빈:subin 예준:yejun",
        "김:kim 이:lee 박:park 최:choi 정:jung",
    ),
    culture(
        2,
        "uk",
        "अनन्या:ananya अर्जुन:arjun मीरा:mira राहुल:rahul",
        "जोशी:joshi वर्मा:varma शर्मा:sharma सिंह:singh",
    ),
    culture(1, "au", "กมล:kamon มาลี:malee สมชาย:somchai สุดา:suda", "ใจดี:jaidee ทองดี:thongdee ศรีสุข:srisuk"),
    culture(1, "de", "გიორგი:giorgi თამარ:tamar ნინო:nino", "ბერიძე:beridze კაპანაძე:kapanadze"),
    culture(1, "de", "Անի:ani Նարե:nare Տիգրան:tigran", "Հակոբյան:hakobyan Սարգսյան:sargsyan"),
)
