{% for field in it.fields %}
{% if field.value is none and not field.adds %}
    unset resp.http.{{ field.name }};
{% endif %}
{% for value, numbers in ([(field.value, ())] if field.value is not none else field.by_value()) %}
{% set guards = [] %}
{% if numbers %}{% set _ = guards.append('req.http.voorbehoud-place ~ "^(' ~ numbers | join("|") ~ ')$"') %}{% endif %}
{% if field.adds %}
    if ({{ (guards + ["resp.http." ~ field.name]) | join(" && ") }}) {
        std.collect(resp.http.{{ field.name }});
        if (resp.http.{{ field.name }} != {{ value | vcl }}) {
            set resp.http.{{ field.name }} = {{ value | vcl }} + ", " + resp.http.{{ field.name }};
        }
    } else{{ " if (" ~ guards[0] ~ ")" if guards }} {
        set resp.http.{{ field.name }} = {{ value | vcl }};
    }
{% elif guards %}
    if ({{ guards[0] }}) {
        set resp.http.{{ field.name }} = {{ value | vcl }};
    }
{% else %}
    set resp.http.{{ field.name }} = {{ value | vcl }};
{% endif %}
{% endfor %}
{% endfor %}
