package personal

// things are words for what is not a person: a name in a table of them, or after such a word, is no person's.
var things = wordSet(`product item category tag role permission country region currency language plan feature
setting job queue task project department brand model genre track album playlist media status type kind campaign
coupon warehouse course room plugin template migration schema page report unit tax method bank group segment
channel board column label workflow webhook integration service package sku attribute option variant collection
menu dish ingredient material part asset machine process rule policy badge theme block widget term taxonomy
price discount promotion invoice order line cart shipment carrier topic skill industry sector timezone locale
translation config configuration parameter flag version release build environment node cluster server host
database table index metric alert dashboard chart stock inventory bom shelf location zone area district
prefecture province state city town place station route vehicle color colour size grade level class lesson exam
question answer quiz survey form field ledger journal budget costcenter center factory plant store shop branch
office division section team league game genus species event holiday calendar season symptom drug medicine test
lab procedure bucket folder volume image layer hotel restaurant museum theater article experiment faq banner
achievement shohin busho tenpo shurui kubun shiten bumon buhin seihin culture reason territory shift measure
rate emoji license software step runner scanner site commit repository pipeline stage artifact key variable
scope grant application backup import export upload download attachment blob file document dataset artefact
partition sequence trigger constraint view function module library component deployment namespace registry
mirror proxy gateway router domain subdomain port protocol endpoint url link path tile map changeset acl thread
lock cache purpose occasion format layout style font palette icon picture photo slide gallery poster video audio
podcast episode series movie film song book chapter edition magazine newspaper blog forum agreement threshold
limit quota counter gauge sensor firmware hardware printer camera monitor rack slot cable switch vlan subnet
network interface bridge tunnel firewall ruleset dialplan prefix trunk circuit peer topology tariff meter
substation pump valve tank pipe well mine crop animal breed tree seed soil recipe cuisine cocktail wine beer
snack food meal diet vitamin allergen nutrient exercise workout program curriculum semester faculty classroom
auditorium seat row venue stadium arena match round tournament medal trophy prize score rank tier exchange
instrument security bond fund portfolio benchmark cost expense revenue gifi period quarter fiscal month week day
hour minute second decade century era standard regulation law statute court jurisdiction clause treaty norm
vulnerability weakness exploit advisory finding severity scan check control risk pattern regex expression filter
search query sort direction axis dimension measurement resolution precision operator formula equation constant
algorithm hash digest checksum dictionary glossary synonym phrase stopword alphabet digit symbol sign notation
enum lookup hook listener observer handler middleware controller action verb resource object instance property
param warning exception tenant tracking phase milestone sprint epic backlog iteration changelog roadmap goal
objective initiative strategy tactic kpi okr indicator criterion requirement specification design prototype
mockup wireframe sketch drawing diagram illustration figure graph plot heatmap legend tooltip popup modal tab
panel sidebar navbar footer header button checkbox dropdown slider toggle reaction trend bulletin sticker
announcement preset rotation schedule cadence escalation probe heartbeat outage maintenance fragment snippet
chunk shard replica stream broker fiber coin blockchain wiki pricegroup partsgroup makemodel assembly gl
recurring lot batch bin scenario bot prompt tool capability pallet container crate box carton truck trailer ship
vessel aircraft train airline airport runway gate terminal dock pier berth lane road highway subject secret
token value relation code word number list cycle activator calculator band facility choice window interval floor
building wing ward bed desk locker parking garage lift corridor cabinet drawer binder equipment appliance spare
consumable supply commodity good ware garment shoe fabric textile furniture toy gift bundle kit set flavor
flavour scent texture shape finish serial barcode rfid destination itinerary tour trip cruise excursion
attraction landmark park garden beach mountain river lake island continent hemisphere climate weather forecast
tide ocean planet star galaxy constellation element compound molecule protein gene chromosome mutation specimen
assay reagent pathogen virus bacterium vaccine dose dosage regimen exposure outcome cohort arm trial ontology
concept classification nomenclature thesaurus heading annex appendix ministry bureau committee council
commission chamber parliament constituency borough county parish degree diploma qualification competency major
minor discipline campus dormitory laboratory lecture seminar workshop webinar conference meetup festival concert
show performance exhibition screening premiere amenity rating ranking leaderboard quest mission challenge reward
loot weapon armor spell monster npc dungeon realm world biome skin emote mount hashtag poll reel short subreddit
cryptocurrency chain pool stake epoch gas fee royalty dividend split future swap derivative hedge backtest
signal watchlist allocation rebalancing drawdown factor stress breach`)

// deeds are things that somebody does or has done to them: a name in a table of them can be a person's all the same.
var deeds = wordSet(`order invoice cart shipment task project event survey quiz exam lesson location place
question answer report service lab test drug medicine procedure symptom job ledger journal upload attachment
document file import export application registration subscription reservation appointment consultation payment
transaction delivery session agreement search list link wallet`)

// catalogueWords are things that everybody may know of: texts that describe them are about no one.
var catalogueWords = wordSet(`product item category permission country region currency language type kind
status brand genre unit tax sku variant menu dish ingredient material part symptom drug medicine color colour
size grade level badge price discount promotion coupon timezone locale prefecture province state city holiday
season species culture territory measure rate shift reason subcategory model illustration gifi heading dialplan
trunk tariff vitamin cuisine recipe album track song movie film book episode series game achievement airport
airline station sic class prefix dispatcher gateway carrier carrierroute carrierfailureroute domainpolicy
blocklist shohin seihin feature skill industry sector`)

// routeWords are tables whose names and paths are made of those of accounts: /alice/diary.
var routeWords = wordSet(`route redirect permalink namespace`)

// machineWords say that a table is about software and what runs it.
var machineWords = wordSet(`oauth api http https ssh ssl tls ldap saml smtp imap dns server host cluster
container docker kubernetes node machine runner pipeline build deployment deploy webhook integration repository
commit branch artifact registry package dependency vulnerability scanner scan dast sast environment monitor
metric probe alert healthcheck check service upstream backend endpoint queue job worker cron migration schema
cache storage replica shard cipher ml model experiment proxy gateway router loadbalancer dispatcher`)

// workerWords are words for people who work for somebody: amounts in a table of them are what they get.
var workerWords = wordSet(`employee staff worker salesperson employment contractor shain jugyoin crew teacher
nurse freelancer personnel hr payee`)

// payWords are tables of what people are paid.
var payWords = wordSet(`payroll pay salary wage compensation payslip paycheck paystub remuneration earning
bonus commission allowance benefit pension kyuyo`)

// pictured are words for what shows a thing or stands beside it: product_photos is about products.
var pictured = wordSet(`photo picture image thumbnail file document icon video media attachment description
summary note translation label name price`)

// objects name files, functions and machines: a name after such a word is not a person's.
var objects = wordSet(`file domain path directory function module class server cluster node memory base start
end bus register method host network system db database app application program print screen web smtp imap pop
dns http table column schema index queue job process package repository branch tag commit container proxy
listener socket view proc short english native tax stored`)

func isThing(w string) bool { return things()[w] || objects()[w] }

// contents are things whose column holds what they say rather than what they are called.
var contents = wordSet(`line row file report article translation form layer document question answer phrase
exception warning log secret token key signature header footer image photo picture figure list link url path
attachment upload export import backup item value snippet fragment chunk script query search filter argument
definition expression event history wiki book chapter page poster bulletin announcement message comment song
lesson test exam survey quiz stream blob object instance result output reference subject letter word quote
number code template`)
