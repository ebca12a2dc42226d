package mask

// countries: name/Japanese name/code of ISO 3166-1.
const countries = `
Albania/アルバニア/AL Algeria/アルジェリア/DZ Angola/アンゴラ/AO Argentina/アルゼンチン/AR Armenia/アルメニア/AM Australia/オーストラリア/AU Austria/オーストリア/AT Azerbaijan/アゼルバイジャン/AZ Bahrain/バーレーン/BH Bangladesh/バングラデシュ/BD Belgium/ベルギー/BE
Bhutan/ブータン/BT Bolivia/ボリビア/BO Botswana/ボツワナ/BW Brazil/ブラジル/BR Bulgaria/ブルガリア/BG Cambodia/カンボジア/KH Cameroon/カメルーン/CM Canada/カナダ/CA Chile/チリ/CL China/中国/CN Colombia/コロンビア/CO Costa_Rica/コスタリカ/CR Croatia/クロアチア/HR
Cuba/キューバ/CU Cyprus/キプロス/CY Czechia/チェコ/CZ Denmark/デンマーク/DK Ecuador/エクアドル/EC Egypt/エジプト/EG Estonia/エストニア/EE Ethiopia/エチオピア/ET Fiji/フィジー/FJ Finland/フィンランド/FI France/フランス/FR Gabon/ガボン/GA Georgia/ジョージア/GE
Germany/ドイツ/DE Ghana/ガーナ/GH Greece/ギリシャ/GR Guatemala/グアテマラ/GT Honduras/ホンジュラス/HN Hungary/ハンガリー/HU Iceland/アイスランド/IS India/インド/IN Indonesia/インドネシア/ID Iraq/イラク/IQ Ireland/アイルランド/IE Israel/イスラエル/IL Italy/イタリア/IT
Jamaica/ジャマイカ/JM Japan/日本/JP Jordan/ヨルダン/JO Kazakhstan/カザフスタン/KZ Kenya/ケニア/KE Kuwait/クウェート/KW Laos/ラオス/LA Latvia/ラトビア/LV Lebanon/レバノン/LB Lithuania/リトアニア/LT Luxembourg/ルクセンブルク/LU Madagascar/マダガスカル/MG Malaysia/マレーシア/MY
Maldives/モルディブ/MV Mali/マリ/ML Malta/マルタ/MT Mauritius/モーリシャス/MU Mexico/メキシコ/MX Mongolia/モンゴル/MN Montenegro/モンテネグロ/ME Morocco/モロッコ/MA Mozambique/モザンビーク/MZ Namibia/ナミビア/NA Nepal/ネパール/NP Netherlands/オランダ/NL
New_Zealand/ニュージーランド/NZ Nicaragua/ニカラグア/NI Nigeria/ナイジェリア/NG Norway/ノルウェー/NO Oman/オマーン/OM Pakistan/パキスタン/PK Panama/パナマ/PA Paraguay/パラグアイ/PY Peru/ペルー/PE Philippines/フィリピン/PH Poland/ポーランド/PL Portugal/ポルトガル/PT
Qatar/カタール/QA Romania/ルーマニア/RO Rwanda/ルワンダ/RW Samoa/サモア/WS Saudi_Arabia/サウジアラビア/SA Senegal/セネガル/SN Serbia/セルビア/RS Singapore/シンガポール/SG Slovakia/スロバキア/SK Slovenia/スロベニア/SI South_Africa/南アフリカ/ZA South_Korea/韓国/KR
Spain/スペイン/ES Sri_Lanka/スリランカ/LK Sweden/スウェーデン/SE Switzerland/スイス/CH Taiwan/台湾/TW Tanzania/タンザニア/TZ Thailand/タイ/TH Tonga/トンガ/TO Tunisia/チュニジア/TN Uganda/ウガンダ/UG Ukraine/ウクライナ/UA United_Arab_Emirates/アラブ首長国連邦/AE
United_Kingdom/イギリス/GB United_States/アメリカ合衆国/US Uruguay/ウルグアイ/UY Uzbekistan/ウズベキスタン/UZ Vietnam/ベトナム/VN Zambia/ザンビア/ZM`
