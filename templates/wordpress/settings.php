<?php
/** The settings page: what is said, what this plugin cannot reach, and how to change it. */

defined( 'ABSPATH' ) || exit;

/** Gives a text in the reader's language. */
function voorbehoud_say( $key ) {
	static $texts = null;
	if ( null === $texts ) {
		$texts = require __DIR__ . '/texts.php';
	}
	return $texts[ $key ][ 0 === strpos( get_user_locale(), 'nl' ) ? 'nl' : 'en' ];
}

/** Gives what is wrong with a text for the field $name; null where it can be kept. */
function voorbehoud_wrong( $name, $text ) {
	if ( preg_match( '/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/', $text ) ) {
		return 'wrong-characters';
	}
	if ( 'tdmrep' === $name ) {
		$rules = json_decode( $text, true );
		if ( ! is_array( $rules ) || array() === $rules || array_keys( $rules ) !== range( 0, count( $rules ) - 1 ) ) {
			return 'wrong-tdmrep';
		}
		foreach ( $rules as $rule ) {
			if ( ! is_array( $rule ) || ! isset( $rule['location'], $rule['tdm-reservation'] ) || ! is_string( $rule['location'] )
				|| '/' !== substr( $rule['location'], 0, 1 ) || ! in_array( $rule['tdm-reservation'], array( 0, 1 ), true ) ) {
				return 'wrong-tdmrep';
			}
		}
	}
	if ( 'headers' === $name || 'tags' === $name ) {
		foreach ( preg_split( '/\R/', $text, -1, PREG_SPLIT_NO_EMPTY ) as $line ) {
			if ( ! preg_match( '/^(?:\?|\/[\x21-\x7e]*)(?:\s+(?:tdm-reservation: [01]|[A-Za-z][A-Za-z0-9-]*: [\x21-\x7e][\x20-\x7e]*))?\s*$/', $line )
				|| preg_match( '/\s(?:tdm-reservation): (?![01]\s*$)/i', $line ) ) {
				return 'wrong-lines';
			}
		}
	}
	if ( 'robots' === $name && preg_match( '/^[ \t]*#[ \t]*(?:BEGIN|END) voorbehoud\b/m', $text ) ) {
		return 'wrong-marks';
	}
	return null;
}

/** Keeps what differs from the declaration and can be used; an unusable text is told, and the one before it stays. */
function voorbehoud_sanitize( $given ) {
	$packed = voorbehoud_packed()['texts'];
	$kept   = get_option( VOORBEHOUD_OPTION );
	$kept   = is_array( $kept ) ? $kept : array();
	if ( ! is_array( $given ) || ! empty( $given['reset'] ) ) {
		return array();
	}
	foreach ( array_keys( $packed ) as $name ) {
		if ( ! isset( $given[ $name ] ) || ! is_string( $given[ $name ] ) ) {
			continue;
		}
		$text  = trim( str_replace( "\r", '', $given[ $name ] ) );
		$wrong = '' === $text ? null : voorbehoud_wrong( $name, $text );
		if ( null !== $wrong ) {
			add_settings_error( VOORBEHOUD_OPTION, 'voorbehoud-' . $name, voorbehoud_say( $name ) . ': ' . voorbehoud_say( $wrong ) );
		} elseif ( trim( $packed[ $name ] ) === $text ) {
			unset( $kept[ $name ] );
		} else {
			$kept[ $name ] = '' === $text ? '' : $text . "\n";
		}
	}
	return $kept;
}

/** Gives what stands in the way of this plugin on this site, as keys of texts. */
function voorbehoud_obstacles() {
	$found = array();
	$host  = wp_parse_url( home_url() );
	$asked = wp_parse_url( voorbehoud_packed()['site'] );
	if ( ! empty( $host['path'] ) && '/' !== $host['path'] ) {
		$found[] = 'in-a-folder';
	} elseif ( file_exists( get_home_path() . 'robots.txt' ) ) {
		$found[] = 'physical-robots';
	}
	if ( file_exists( get_home_path() . '.well-known/tdmrep.json' ) ) {
		$found[] = 'physical-tdmrep';
	}
	if ( '' === (string) get_option( 'permalink_structure' ) ) {
		$found[] = 'plain-permalinks';
	}
	if ( ! isset( $host['host'] ) || strtolower( $host['host'] ) !== strtolower( $asked['host'] ) ) {
		$found[] = 'another-site';
	}
	return $found;
}

function voorbehoud_page() {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$texts  = voorbehoud_texts();
	$packed = voorbehoud_packed();
	echo '<div class="wrap"><h1>' . esc_html( voorbehoud_say( 'title' ) ) . '</h1>';
	echo '<p>' . esc_html( voorbehoud_say( 'lead' ) ) . ' <code>' . esc_html( $packed['site'] ) . '</code></p>';
	foreach ( voorbehoud_obstacles() as $obstacle ) {
		echo '<div class="notice notice-warning inline"><p>' . esc_html( voorbehoud_say( $obstacle ) ) . '</p></div>';
	}
	echo '<form method="post" action="options.php">';
	settings_fields( VOORBEHOUD_OPTION );
	echo '<table class="form-table" role="presentation">';
	foreach ( array_keys( $packed['texts'] ) as $name ) {
		$id = 'voorbehoud-' . $name;
		printf(
			'<tr><th scope="row"><label for="%1$s">%2$s</label></th><td><textarea id="%1$s" name="%3$s" rows="8" class="large-text code" spellcheck="false">%4$s</textarea><p class="description">%5$s</p></td></tr>',
			esc_attr( $id ),
			esc_html( voorbehoud_say( $name ) ),
			esc_attr( VOORBEHOUD_OPTION . '[' . $name . ']' ),
			esc_textarea( $texts[ $name ] ),
			esc_html( voorbehoud_say( $name . '-help' ) )
		);
	}
	printf(
		'<tr><th scope="row">%1$s</th><td><label><input type="checkbox" name="%2$s" value="1" /> %3$s</label></td></tr></table>',
		esc_html( voorbehoud_say( 'reset' ) ),
		esc_attr( VOORBEHOUD_OPTION . '[reset]' ),
		esc_html( voorbehoud_say( 'reset-help' ) )
	);
	submit_button();
	echo '</form><h2>' . esc_html( voorbehoud_say( 'media' ) ) . '</h2><p>' . esc_html( voorbehoud_say( 'media-help' ) ) . '</p>';
	foreach ( $packed['servers'] as $name => $lines ) {
		printf(
			'<details><summary>%1$s</summary><textarea readonly rows="12" class="large-text code" aria-label="%1$s">%2$s</textarea></details>',
			esc_html( $name ),
			esc_textarea( $lines )
		);
	}
	echo '</div>';
}

function voorbehoud_menu() {
	add_options_page( voorbehoud_say( 'title' ), voorbehoud_say( 'title' ), 'manage_options', 'voorbehoud', 'voorbehoud_page' );
}

function voorbehoud_register() {
	register_setting( VOORBEHOUD_OPTION, VOORBEHOUD_OPTION, array( 'type' => 'array', 'sanitize_callback' => 'voorbehoud_sanitize', 'show_in_rest' => false ) );
}

add_action( 'admin_menu', 'voorbehoud_menu' );
add_action( 'admin_init', 'voorbehoud_register' );
