<?php
/**
 * Plugin Name:       Voorbehoud
 * Description:       Reserves the works on this site against text and data mining and AI training, in every form that programs read.
 * Version:           {{ version }}
 * Requires at least: 5.3
 * Requires PHP:      7.4
 * License:           Apache-2.0
 * Text Domain:       voorbehoud
 *
 * {{ made }}
 *
 * What is said stands in reservation.json, or in the option `voorbehoud` where an administrator changed it.  Nothing is
 * written to disk, no rewrite rule is made, and nothing is fetched.
 */

defined( 'ABSPATH' ) || exit;

const VOORBEHOUD_OPTION = 'voorbehoud';
const VOORBEHOUD_BEGIN  = '# BEGIN voorbehoud';
const VOORBEHOUD_END    = '# END voorbehoud';

/** Gives what the declaration said when this plugin was packed. */
function voorbehoud_packed() {
	static $packed = null;
	if ( null === $packed ) {
		$packed = json_decode( (string) file_get_contents( __DIR__ . '/reservation.json' ), true );
	}
	return $packed;
}

/** Gives the four texts that count: robots, tdmrep, headers, tags. */
function voorbehoud_texts() {
	$own = get_option( VOORBEHOUD_OPTION );
	return array_merge( voorbehoud_packed()['texts'], is_array( $own ) ? array_filter( $own, 'is_string' ) : array() );
}

/**
 * Gives the lines `PATH NAME: VALUE` as a list by path; a path alone says that nothing is sent there.
 * The path `?` stands for addresses that are spelt oddly.
 */
function voorbehoud_levels( $text ) {
	$levels = array();
	foreach ( preg_split( '/\R/', $text, -1, PREG_SPLIT_NO_EMPTY ) as $line ) {
		if ( preg_match( '/^(\S+)(?:\s+([A-Za-z0-9-]+):\s*([\x20-\x7e]*))?\s*$/', $line, $found ) ) {
			$levels += array( $found[1] => array() );
			if ( isset( $found[2] ) ) {
				$levels[ $found[1] ][] = array( $found[2], trim( $found[3] ) );
			}
		}
	}
	return $levels;
}

/** Gives what is said at the address asked for: of the longest path that fits. */
function voorbehoud_here( $text ) {
	$uri    = isset( $_SERVER['REQUEST_URI'] ) ? (string) $_SERVER['REQUEST_URI'] : '/'; // phpcs:ignore -- only compared
	$uri    = preg_replace( '~^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*~', '', $uri );
	$levels = voorbehoud_levels( $text );
	if ( isset( $levels['?'] ) && preg_match( '~' . voorbehoud_packed()['odd'] . '~', $uri ) ) {
		return $levels['?'];
	}
	$path = rawurldecode( explode( '?', $uri, 2 )[0] );
	$here = array();
	$long = 0;
	foreach ( $levels as $start => $said ) {
		$plain = rawurldecode( (string) $start );
		if ( '?' !== $start && strlen( $plain ) > $long && 0 === strncmp( $path, $plain, strlen( $plain ) ) ) {
			$here = $said;
			$long = strlen( $plain );
		}
	}
	return $here;
}

// ---- headers ---------------------------------------------------------------------------------------------------------------

/** Adds our headers to those that WordPress is about to send, feeds that did not change included. */
function voorbehoud_wp_headers( $headers ) {
	foreach ( voorbehoud_here( voorbehoud_texts()['headers'] ) as list( $name, $value ) ) {
		foreach ( array_keys( $headers ) as $key ) {
			if ( 0 === strcasecmp( (string) $key, $name ) ) {
				if ( 'x-robots-tag' === strtolower( $name ) ) { // Ours first: behind `googlebot:` it would hold for that robot alone.
					$value .= ', ' . $headers[ $key ];
				}
				unset( $headers[ $key ] );
			}
		}
		$headers[ $name ] = $value;
	}
	return $headers;
}

/** Sends our headers where nobody asked the filter above, and takes the place of another value for the same. */
function voorbehoud_send_headers() {
	if ( headers_sent() ) {
		return;
	}
	foreach ( voorbehoud_here( voorbehoud_texts()['headers'] ) as list( $name, $value ) ) {
		$theirs = array();
		$there  = false;
		foreach ( headers_list() as $line ) {
			if ( 0 === stripos( $line, $name . ':' ) ) {
				$theirs[] = $line;
				$there    = $there || 0 === stripos( $line . ',', $name . ': ' . $value . ',' );
			}
		}
		if ( $there ) {
			continue;
		}
		header( $name . ': ' . $value );
		foreach ( 'x-robots-tag' === strtolower( $name ) ? $theirs : array() as $line ) { // Behind ours, as above.
			header( $line, false );
		}
	}
}

/** The works once more, as JSON. */
function voorbehoud_rest( $served ) {
	voorbehoud_send_headers();
	return $served;
}

// ---- tags ------------------------------------------------------------------------------------------------------------------

function voorbehoud_wp_head() {
	foreach ( voorbehoud_here( voorbehoud_texts()['tags'] ) as list( $name, $content ) ) {
		printf( '<meta name="%s" content="%s" />' . "\n", esc_attr( $name ), esc_attr( $content ) );
	}
}

// ---- robots.txt ------------------------------------------------------------------------------------------------------------

/** Gives our block so that it opens nothing that a Disallow in $output closes: a group of its own inherits none of these. */
function voorbehoud_kept_shut( $block, $output ) {
	preg_match_all( '/^[ \t]*disallow[ \t]*:[ \t]*([^\s#]+)/mi', $output, $found );
	$shut = array_unique( $found[1] );
	$kept = function ( $allow ) use ( $shut ) {
		$lines = $allow[0];
		foreach ( $shut as $path ) {
			$start = rtrim( explode( '*', $path, 2 )[0], '$' );
			$meets = 0 === strncmp( $allow[1], $start, strlen( $start ) );
			if ( $meets && $start === $path ) {
				return '';
			}
			if ( $meets || 0 === strncmp( $start, $allow[1], strlen( $allow[1] ) ) ) {
				$lines .= 'Disallow: ' . $path . "\n";
			}
		}
		return $lines;
	};
	return preg_replace_callback( '/^Allow:[ \t]*(\S+)[ \t]*\R/m', $kept, $block );
}

/**
 * Adds our block to the robots.txt that WordPress makes: below a group for everybody, else above.  Every line of others stays.
 * What they keep closed to everybody is not opened to a robot that we name, and none of their lines becomes part of a group of
 * ours: rules that no group opens stay above us, and a group without rules is closed by an empty one.
 */
function voorbehoud_robots_txt( $output ) {
	$block = trim( voorbehoud_texts()['robots'] );
	if ( '' === $block || false !== strpos( $output, VOORBEHOUD_BEGIN ) ) {
		return $output;
	}
	$block = voorbehoud_kept_shut( $block, $output );
	preg_match_all( '/^[ \t]*(user[ -]?agent|allow|disallow)[ \t]*:[ \t]*(\*?)/mi', $output, $found, PREG_SET_ORDER );
	$agents = array();
	foreach ( $found as $line ) {
		$agents[] = 0 === stripos( $line[1], 'user' ) ? $line[2] : null;
	}
	if ( in_array( '*', $agents, true ) || array( null ) === array_slice( $agents, 0, 1 ) ) {
		$close = null === end( $agents ) ? '' : "Disallow:\n\n";
		return rtrim( $output, "\r\n" ) . "\n\n" . VOORBEHOUD_BEGIN . "\n" . $close . $block . "\n" . VOORBEHOUD_END . "\n";
	}
	$block = VOORBEHOUD_BEGIN . "\n" . $block . "\n" . VOORBEHOUD_END . "\n";
	return '' === trim( $output ) ? $block : $block . "\n" . $output;
}

// ---- files of ours ---------------------------------------------------------------------------------------------------------

/** Answers /.well-known/tdmrep.json and our other files, and leaves every other address to WordPress. */
function voorbehoud_files() {
	$method = isset( $_SERVER['REQUEST_METHOD'] ) ? $_SERVER['REQUEST_METHOD'] : ''; // phpcs:ignore -- only compared
	$uri    = isset( $_SERVER['REQUEST_URI'] ) ? (string) $_SERVER['REQUEST_URI'] : ''; // phpcs:ignore -- only compared
	$path   = explode( '?', $uri, 2 )[0];
	$files  = voorbehoud_packed()['files'];
	if ( ! isset( $files[ $path ] ) || ! in_array( $method, array( 'GET', 'HEAD' ), true ) ) {
		return;
	}
	$body = '/.well-known/tdmrep.json' === $path ? voorbehoud_texts()['tdmrep'] : $files[ $path ]['body'];
	if ( '' === trim( $body ) ) {
		return;
	}
	status_header( 200 );
	header( 'Content-Type: ' . $files[ $path ]['type'] );
	header( 'Content-Length: ' . strlen( $body ) );
	voorbehoud_send_headers();
	if ( 'GET' === $method ) {
		echo $body; // phpcs:ignore -- a whole file of our own, checked when it was packed or saved
	}
	exit;
}

// Last of all: plug-ins for search engines rewrite robots.txt at 10000 and later, and drop the lines that they do not know.
add_filter( 'wp_headers', 'voorbehoud_wp_headers', PHP_INT_MAX );
add_action( 'send_headers', 'voorbehoud_send_headers', PHP_INT_MAX );
add_filter( 'rest_pre_serve_request', 'voorbehoud_rest', 1 );
add_action( 'wp_head', 'voorbehoud_wp_head', 1 );
add_filter( 'robots_txt', 'voorbehoud_robots_txt', PHP_INT_MAX );
add_action( 'init', 'voorbehoud_files', 0 );

if ( is_admin() ) {
	require_once __DIR__ . '/settings.php';
}
