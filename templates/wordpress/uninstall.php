<?php
/** Removes the one option of this plugin; nothing else was ever written. */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $voorbehoud_site ) {
		delete_blog_option( $voorbehoud_site, 'voorbehoud' );
	}
} else {
	delete_option( 'voorbehoud' );
}
