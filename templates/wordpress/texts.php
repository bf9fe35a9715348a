<?php
/** The texts of the settings page, Dutch and English side by side. */

defined( 'ABSPATH' ) || exit;

return array(
	'title'            => array( 'nl' => 'AI-voorbehoud', 'en' => 'AI reservation' ),
	'lead'             => array(
		'nl' => 'Deze teksten leest een programma dat komt minen of trainen. Ze komen uit de verklaring van',
		'en' => 'These texts are what a program reads that comes to mine or train. They come from the declaration of',
	),
	'robots'           => array( 'nl' => 'Regels voor robots.txt', 'en' => 'Lines for robots.txt' ),
	'robots-help'      => array(
		'nl' => 'Komen bij wat WordPress en andere plug-ins al zeggen; van hen verdwijnt geen regel.',
		'en' => 'Added to what WordPress and other plug-ins say; no line of theirs goes.',
	),
	'tdmrep'           => array( 'nl' => 'Bestand /.well-known/tdmrep.json', 'en' => 'File /.well-known/tdmrep.json' ),
	'tdmrep-help'      => array(
		'nl' => 'De eerste regel die past telt: zet lange paden boven korte. 1 is voorbehouden, 0 geeft weg.',
		'en' => 'The first rule that fits counts: put long paths above short ones. 1 is reserved, 0 gives away.',
	),
	'headers'          => array( 'nl' => 'Headers bij elk antwoord', 'en' => 'Headers with each answer' ),
	'headers-help'     => array(
		'nl' => 'Een per regel: pad, naam, waarde. Het langste pad dat past telt; ? staat voor adressen in een vreemde spelling.',
		'en' => 'One a line: path, name, value. The longest path that fits counts; ? stands for addresses that are spelt oddly.',
	),
	'tags'             => array( 'nl' => 'Tags in elke pagina', 'en' => 'Tags in each page' ),
	'tags-help'        => array(
		'nl' => 'Een per regel, op dezelfde manier. Je thema moet wp_head() aanroepen, zoals elk gangbaar thema doet.',
		'en' => 'One a line, in the same way. Your theme has to call wp_head(), as every common theme does.',
	),
	'reset'            => array( 'nl' => 'Terug naar de verklaring', 'en' => 'Back to the declaration' ),
	'reset-help'       => array( 'nl' => 'Vergeet wat hier is gewijzigd.', 'en' => 'Forget what was changed here.' ),
	'media'            => array( 'nl' => 'Beelden en andere bestanden', 'en' => 'Images and other files' ),
	'media-help'       => array(
		'nl' => 'Bestanden in wp-content/uploads stuurt de webserver zelf; daar komt geen plug-in aan te pas, en ook niet bij pagina’s uit de cache van een andere plug-in. tdmrep.json geldt voor ze, maar een header bereikt ze alleen met deze regels in de configuratie van je server (vraag je hoster):',
		'en' => 'Files in wp-content/uploads are sent by the web server itself; no plug-in comes into that, nor into pages from the cache of another plug-in. tdmrep.json holds for them, but a header reaches them only with these lines in the configuration of your server (ask your host):',
	),
	'physical-robots'  => array(
		'nl' => 'Er staat een bestand robots.txt in de hoofdmap van je site. Dat wordt verstuurd, en WordPress komt er niet aan te pas: zet de regels hieronder er zelf bij, onderaan, of verwijder het bestand.',
		'en' => 'There is a file robots.txt in the root of your site. It is what is sent, and WordPress has no part in it: add the lines below to it yourself, at the end, or remove the file.',
	),
	'physical-tdmrep'  => array(
		'nl' => 'Er staat een bestand .well-known/tdmrep.json in de hoofdmap van je site. Dat wordt verstuurd in plaats van wat hieronder staat: maak het gelijk of verwijder het.',
		'en' => 'There is a file .well-known/tdmrep.json in the root of your site. It is what is sent in place of what stands below: make it the same or remove it.',
	),
	'plain-permalinks' => array(
		'nl' => 'Je site gebruikt eenvoudige permalinks. Sommige servers geven /.well-known/tdmrep.json dan niet door aan WordPress: open dat adres in je browser. Zie je een fout, kies dan andere permalinks of zet het bestand zelf neer.',
		'en' => 'Your site uses plain permalinks. Some servers then do not hand /.well-known/tdmrep.json to WordPress: open that address in your browser. Where you see an error, choose other permalinks or place the file yourself.',
	),
	'in-a-folder'      => array(
		'nl' => 'WordPress staat in een map van je site. robots.txt en /.well-known/tdmrep.json horen in de hoofdmap en daar komt WordPress niet: zet ze daar zelf neer. Headers en tags werken wel.',
		'en' => 'WordPress stands in a folder of your site. robots.txt and /.well-known/tdmrep.json belong in the root, which WordPress does not reach: place them there yourself. Headers and tags do work.',
	),
	'another-site'     => array(
		'nl' => 'De verklaring is voor een ander adres dan deze site. Maak de plug-in opnieuw met de verklaring van deze site.',
		'en' => 'The declaration is for another address than this site. Make the plug-in anew with the declaration of this site.',
	),
	'wrong-characters' => array( 'nl' => 'hier staan tekens in die niet te versturen zijn; niets is gewijzigd.', 'en' => 'this holds characters that cannot be sent; nothing was changed.' ),
	'wrong-marks'      => array( 'nl' => 'laat de regels BEGIN en END weg, die komen er vanzelf bij; niets is gewijzigd.', 'en' => 'leave out the lines BEGIN and END, they are added; nothing was changed.' ),
	'wrong-tdmrep'     => array(
		'nl' => 'dit is geen lijst van regels met een location die met / begint en een tdm-reservation van 0 of 1; niets is gewijzigd.',
		'en' => 'this is no list of rules with a location that begins with / and a tdm-reservation of 0 or 1; nothing was changed.',
	),
	'wrong-lines'      => array(
		'nl' => 'elke regel is een pad, een naam met een dubbelepunt en een waarde, en tdm-reservation is 0 of 1; niets is gewijzigd.',
		'en' => 'each line is a path, a name with a colon and a value, and tdm-reservation is 0 or 1; nothing was changed.',
	),
);
