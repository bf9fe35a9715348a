{{ it.made() | comment }}
{{ it.say("varnish") | comment }}
{{ it.say("check-outside") | comment }}
{% if it.fields | selectattr("adds") | list %}

import std;
{% endif %}
{% if it.places or it.block %}

sub vcl_recv {
    if (req.restarts == 0) {
{% if it.places %}
        set req.http.voorbehoud-place = "0";
{% for place in it.places %}
        if (req.url ~ {{ place.pattern | vcl }}) {
            set req.http.voorbehoud-place = "{{ place.number }}";
        }
{% endfor %}
{% endif %}
{% if it.block %}
{{ it.say("blocking") | comment }}
        if (req.http.user-agent ~ {{ it.block.agents | vcl }} && req.url !~ {{ it.block.open | vcl }}) {
            return (synth(403));
        }
{% endif %}
    }
}
{% endif %}
{% if it.places %}

sub vcl_backend_fetch {
    unset bereq.http.voorbehoud-place;
}

sub vcl_pipe {
    unset bereq.http.voorbehoud-place;
}
{% endif %}

sub vcl_deliver {
{% include "server/varnish.inner.vcl" %}
}

sub vcl_synth {
{% include "server/varnish.inner.vcl" %}
}
