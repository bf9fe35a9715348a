{{ it.made() | slashes }}
{{ it.say("cloudfront") | slashes }}
{{ it.say("check-outside") | slashes }}
function handler(event) {
    var response = event.response;
    var headers = response.headers;
    var place = 0;
{% for place in it.places %}
    if (new RegExp({{ place.pattern | js }}).test(event.request.uri)) {
        place = {{ place.number }};
    }
{% endfor %}
{% for field in it.fields %}
    send({{ field.name | lower | js }}, [{% for value in ([field.value] * (it.places | length + 1) if field.value is not none else field.values) %}{{ value | js_value }}{{ ", " if not loop.last }}{% endfor %}][place], {{ "true" if field.adds else "false" }});
{% endfor %}
    return response;

    function send(name, value, beside) {
        if (!value) {
            return;
        }
        if (beside && headers[name]) {
            var theirs = (headers[name].multiValue || [headers[name]]).map(function (each) {
                return each.value;
            }).filter(function (each) {
                return each !== value;
            });
            value = [value].concat(theirs).join(', ');
        }
        headers[name] = { value: value };
    }
}
