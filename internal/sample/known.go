package sample

// known are the first accounts of every sample, most followed first, so that documentation can refer to them. The last
// three have difficult names: two are very long, one of these without spaces, and one is missing.
var known = []struct{ username, firstname, lastname, country, city, zipcode, role string }{
	{"ada", "Ada", "Byron", "United Kingdom", "London", "W1K 4HN", "OWNER"},
	{"grace", "Grace", "Okafor", "United Kingdom", "Cardiff", "CF24 4NF", "OWNER"},
	{"linus", "Linus", "Öberg", "Suomi", "Helsinki", "00100", "AGENT"},
	{"hina_sato", "陽菜", "佐藤", "日本", "東京", "100-0001", "BROKER"},
	{"layla", "ليلى", "المصري", "مصر", "القاهرة", "11511", "AGENT"},
	{"oksana", "Оксана", "Шевченко", "Україна", "Київ", "01001", "TC_ADMIN"},
	{
		"joao_de_braganca", "João Maria Carlos Luís Fernando Afonso de Assis Xavier",
		"Conceição Bragança e Magalhães de Sá Guimarães da Assunção Nogueira do Nascimento", "Brasil", "São Paulo", "01310-100", "END_USER",
	},
	{
		"rindfleisch", "Annegret", "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzvonundzudonaudampfschifffahrtsgesellschaftskapitänswitwenrente",
		"Deutschland", "Schwerin", "19053", "END_USER",
	},
	{"anonymous", "", "", "", "", "", "OPT_USER"},
}
