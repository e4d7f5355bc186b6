package sample

import "strings"

// name is a name in its original script and in the letters of a username.
type name struct{ written, latin string }

// culture has the names and places of users of one origin.
type culture struct {
	weight      int // relative to the sum over all cultures
	country     string
	familyFirst bool // the family name comes first in the username
	given       []name
	family      []name
	places      []place
}

type place struct{ city, zipcode string }

// names parses a list such as "Zoë=zoe, Ada". A name of ASCII letters needs no right side.
func names(list string) []name {
	var all []name
	for entry := range strings.SplitSeq(list, ", ") {
		written, latin, apart := strings.Cut(entry, "=")
		if !apart {
			latin = strings.ToLower(written)
		}
		all = append(all, name{written, latin})
	}
	return all
}

// places parses a list such as "Lyon=69001, Paris=75011".
func places(list string) []place {
	var all []place
	for entry := range strings.SplitSeq(list, ", ") {
		city, zipcode, _ := strings.Cut(entry, "=")
		all = append(all, place{city, zipcode})
	}
	return all
}

// cultures cover many scripts: Latin with and without accents, Cyrillic, Greek, Arabic and Hebrew (right to left),
// Devanagari, Han, Kana, Hangul, Thai.
var cultures = []culture{
	{
		weight: 16, country: "United Kingdom",
		given:  names("Olivia, George, Amelia, Arthur, Isla, Noah, Florence, Harry, Freya, Oscar, Ivy, Theo, Maeve, Callum, Siân=sian, Rhys"),
		family: names("Smith, Jones, Taylor, Williams, Okafor, Patel, Davies, Evans, Walker, Wright, Hughes, Edwards, O'Connor=oconnor, Campbell, Murray, Fletcher"),
		places: places("London=N16 8HX, Leeds=LS6 3BN, Cardiff=CF24 4NF, Glasgow=G12 8QQ"),
	},
	{
		weight: 9, country: "France",
		given:  names("Zoé=zoe, Léa=lea, Hugo, Inès=ines, Gaël=gael, Élodie=elodie, Rémi=remi, Chloé=chloe, Jérôme=jerome, Anaïs=anais, Théo=theo, François=francois"),
		family: names("Martin, Bernard, Lefèvre=lefevre, Moreau, Girard, Fournier, Mercier, Guérin=guerin, Benoît=benoit, Rousseau, Garçon=garcon, Dupré=dupre"),
		places: places("Paris=75011, Lyon=69001, Nîmes=30000, Saint-Étienne=42000"),
	},
	{
		weight: 8, country: "Deutschland",
		given:  names("Jürgen=juergen, Lena, Björn=bjoern, Käthe=kaethe, Mia, Jonas, Sören=soeren, Frieda, Matthias, Anneliese, Götz=goetz, Leonie"),
		family: names("Müller=mueller, Schröder=schroeder, Weiß=weiss, Krüger=krueger, Fischer, Schäfer=schaefer, Vogel, Böhm=boehm, Zimmermann, Jäger=jaeger, Groß=gross, Köhler=koehler"),
		places: places("Berlin=10997, Köln=50667, Nürnberg=90402, Görlitz=02826"),
	},
	{
		weight: 10, country: "México",
		given:  names("Sofía=sofia, Mateo, Ximena, Andrés=andres, Lucía=lucia, Íñigo=inigo, Begoña=begona, José=jose, Renata, Joaquín=joaquin, Valentina, Emiliano"),
		family: names("García=garcia, Hernández=hernandez, Muñoz=munoz, Pérez=perez, Núñez=nunez, Ibáñez=ibanez, Castillo, Ortega, Peña=pena, Zúñiga=zuniga, Vargas, Rivera"),
		places: places("Ciudad de México=06700, Mérida=97000, Querétaro=76000, León=37000"),
	},
	{
		weight: 8, country: "Brasil",
		given:  names("João=joao, Maria, Antônio=antonio, Beatriz, Caetano, Conceição=conceicao, Luís=luis, Thaís=thais, Tomé=tome, Júlia=julia, Vinícius=vinicius, Letícia=leticia"),
		family: names("Silva, Conceição=conceicao, Araújo=araujo, Gonçalves=goncalves, Assunção=assuncao, Oliveira, Magalhães=magalhaes, Simões=simoes, Prado, Guimarães=guimaraes, Sá=sa, Nogueira"),
		places: places("São Paulo=01310-100, Brasília=70040-010, Belém=66010-000, Florianópolis=88010-000"),
	},
	{
		weight: 6, country: "Polska",
		given:  names("Łukasz=lukasz, Małgorzata=malgorzata, Zbigniew, Agnieszka, Wojciech, Bożena=bozena, Michał=michal, Jagoda, Święta=swieta, Kacper"),
		family: names("Wiśniewska=wisniewska, Wójcik=wojcik, Kamiński=kaminski, Zieliński=zielinski, Dąbrowska=dabrowska, Szczęsny=szczesny, Źdźbło=zdzblo, Brzęczyszczykiewicz=brzeczyszczykiewicz, Nowak, Lis"),
		places: places("Łódź=90-001, Kraków=31-011, Gdańsk=80-831, Wrocław=50-101"),
	},
	{
		weight: 6, country: "Türkiye",
		given:  names("Ayşe=ayse, Çağla=cagla, İbrahim=ibrahim, Işıl=isil, Oğuz=oguz, Şükrü=sukru, Ümit=umit, Gökçe=gokce, Deniz, Emre"),
		family: names("Yılmaz=yilmaz, Çelik=celik, Şahin=sahin, Öztürk=ozturk, Aydın=aydin, Doğan=dogan, Kılıç=kilic, Güneş=gunes, Kaya, Erdem"),
		places: places("İstanbul=34433, İzmir=35210, Ankara=06420, Eskişehir=26010"),
	},
	{
		weight: 7, country: "Україна",
		given:  names("Оксана=oksana, Тарас=taras, Леся=lesia, Богдан=bohdan, Соломія=solomiia, Ярослав=yaroslav, Надія=nadiia, Андрій=andrii, Єва=yeva, Кирило=kyrylo"),
		family: names("Шевченко=shevchenko, Коваленко=kovalenko, Бондаренко=bondarenko, Ткачук=tkachuk, Мельник=melnyk, Їжакевич=yizhakevych, Гончар=honchar, Кравець=kravets, Щербак=shcherbak, Лисенко=lysenko"),
		places: places("Київ=01001, Львів=79000, Харків=61000, Одеса=65000"),
	},
	{
		weight: 3, country: "Ελλάδα",
		given:  names("Ελένη=eleni, Γιώργος=giorgos, Αθηνά=athina, Νίκος=nikos, Χρυσούλα=chrysoula, Δημήτρης=dimitris, Ζωή=zoi, Οδυσσέας=odysseas"),
		family: names("Παπαδόπουλος=papadopoulos, Αγγελίδη=angelidi, Νικολάου=nikolaou, Βλάχος=vlachos, Ξενάκης=xenakis, Οικονόμου=oikonomou, Ψαρρού=psarrou, Θεοδωράκης=theodorakis"),
		places: places("Αθήνα=105-58, Θεσσαλονίκη=546-23, Πάτρα=262-21"),
	},
	{
		weight: 8, country: "مصر",
		given:  names("ليلى=layla, عمر=omar, فاطمة=fatima, يوسف=youssef, مريم=maryam, خالد=khaled, نور=nour, طارق=tarek, هدى=huda, زياد=ziad, سلمى=salma, أحمد=ahmed"),
		family: names("المصري=elmasry, حسن=hassan, عبد الرحمن=abdelrahman, الشريف=elsherif, منصور=mansour, فوزي=fawzy, سالم=salem, النجار=elnaggar, قاسم=kassem, درويش=darwish"),
		places: places("القاهرة=11511, الإسكندرية=21500, أسوان=81511"),
	},
	{
		weight: 2, country: "ישראל",
		given:  names("נועה=noa, איתי=itai, תמר=tamar, יונתן=yonatan, שירה=shira, אורי=uri, מאיה=maya, דוד=david"),
		family: names("כהן=cohen, לוי=levi, מזרחי=mizrahi, פרץ=peretz, ביטון=biton, אזולאי=azoulay, פרידמן=friedman, גולן=golan"),
		places: places("תל אביב=6688101, חיפה=3303312, ירושלים=9414101"),
	},
	{
		weight: 6, country: "भारत",
		given:  names("आरव=aarav, अनन्या=ananya, रोहन=rohan, दीपिका=deepika, विवेक=vivek, कृष्णा=krishna, श्रेया=shreya, अर्जुन=arjun, मीरा=meera, ईशान=ishaan"),
		family: names("शर्मा=sharma, वर्मा=verma, गुप्ता=gupta, सिंह=singh, अय्यर=iyer, जोशी=joshi, मिश्रा=mishra, कुलकर्णी=kulkarni, चौधरी=chaudhary, राव=rao"),
		places: places("दिल्ली=110001, मुंबई=400001, पुणे=411001, जयपुर=302001"),
	},
	{
		weight: 9, country: "中国", familyFirst: true,
		given:  names("伟=wei, 芳=fang, 娜=na, 秀英=xiuying, 敏=min, 静=jing, 强=qiang, 磊=lei, 洋=yang, 艳=yan, 子涵=zihan, 浩然=haoran, 雨桐=yutong, 梓萱=zixuan"),
		family: names("王=wang, 李=li, 张=zhang, 刘=liu, 陈=chen, 杨=yang, 黄=huang, 赵=zhao, 吴=wu, 周=zhou, 欧阳=ouyang, 司马=sima"),
		places: places("北京=100000, 上海=200000, 成都=610000, 广州=510000"),
	},
	{
		weight: 6, country: "日本", familyFirst: true,
		given:  names("陽菜=hina, 蓮=ren, さくら=sakura, 大翔=hiroto, 結衣=yui, ハルト=haruto, 葵=aoi, 悠真=yuma, 凛=rin, ミサキ=misaki"),
		family: names("佐藤=sato, 鈴木=suzuki, 高橋=takahashi, 田中=tanaka, 渡辺=watanabe, 伊藤=ito, 山本=yamamoto, 中村=nakamura, 小林=kobayashi, 長谷川=hasegawa"),
		places: places("東京=100-0001, 大阪=530-0001, 札幌=060-0000, 那覇=900-0001"),
	},
	{
		weight: 4, country: "대한민국", familyFirst: true,
		given:  names("서연=seoyeon, 민준=minjun, 지우=jiwoo, 하은=haeun, 도윤=doyun, 수아=sua, 예준=yejun, 지민=jimin"),
		family: names("김=kim, 이=lee, 박=park, 최=choi, 정=jung, 강=kang, 조=cho, 남궁=namgung"),
		places: places("서울=03045, 부산=48058, 제주=63122"),
	},
	{
		weight: 2, country: "ประเทศไทย",
		given:  names("สมชาย=somchai, มาลี=malee, อนันต์=anan, พิมพ์ชนก=pimchanok, ณัฐวุฒิ=nattawut, กัญญา=kanya"),
		family: names("ศรีสุข=srisuk, วงศ์สวัสดิ์=wongsawat, ทองดี=thongdee, แก้วมณี=kaewmanee, รัตนโกสินทร์=rattanakosin"),
		places: places("กรุงเทพมหานคร=10200, เชียงใหม่=50200"),
	},
}
