use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{MOST, check, render};

fn values(values: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(values).unwrap()
}

fn rendered(template: &str, given: Value) -> Result<String, String> {
    render(template, &values(given)).map_err(|fault| fault.to_string())
}

#[test]
fn values_stand_where_their_names_stood() {
    let given = json!({"name": "web", "ports": [80, 443], "tls": {"on": true, "key": "<a&b>"}, "ratio": 0.5});
    assert_eq!(
        rendered(
            "{{ name }}:{{ ports[1] }} {{ tls.on }} {{ tls.key }} {{ ratio }}\n",
            given.clone()
        ),
        Ok("web:443 true <a&b> 0.5\n".into()),
        "nothing is escaped, and the last line keeps its end"
    );
    assert_eq!(
        rendered("{{ ports }} {{ tls }} {{ none }}.", given.clone()),
        Ok(r#"[80,443] {"key":"<a&b>","on":true} ."#.into()),
        "as scripts get them"
    );
    assert_eq!(
        rendered(
            "{{ tls | to_json }} {{ '{{' }} {% raw %}{{ x }}{% endraw %}",
            given.clone()
        ),
        Ok(r#"{"key":"<a&b>","on":true} {{ {{ x }}"#.into())
    );
    assert_eq!(
        rendered("{{ ports | to_nice_json }}", given.clone()),
        Ok("[\n  80,\n  443\n]".into())
    );
    assert_eq!(
        rendered(
            "{{ name | upper }} {{ nothing | default('x') }} {{ ports | join(',') }}",
            given
        ),
        Ok("WEB x 80,443".into())
    );
    assert_eq!(rendered("", json!({})), Ok(String::new()));
    assert_eq!(rendered("a\r\n", json!({})), Ok("a\r\n".into()));
}

#[test]
fn blocks_on_lines_of_their_own_leave_no_line() {
    let template = "begin\n  {% for port in ports %}\n  listen {{ port }};\n  {% endfor %}\nend\n";
    assert_eq!(
        rendered(template, json!({"ports": [80, 443]})),
        Ok("begin\n  listen 80;\n  listen 443;\nend\n".into())
    );
}

#[test]
fn a_fault_names_its_line() {
    for (template, words) in [
        ("a\n{{ prot }}\n", "line 2: "),
        ("a\n\n{{ tls.prot }}", "line 3: "),
        ("{% if x %}{% endif %}", "line 1: "),
        ("a\n{{ name", "line 2: syntax error: "),
        ("{% for %}", "line 1: syntax error: "),
        ("\n{{ name | nofilter }}", "line 2: unknown filter: "),
        ("{% include 'x' %}", "line 1: syntax error: "),
    ] {
        let fault = rendered(template, json!({"name": "web", "tls": {}})).unwrap_err();
        assert!(fault.starts_with(words), "{template:?}: {fault}");
    }
    let fault = rendered("{{ prot }}", json!({})).unwrap_err();
    assert!(fault.contains("prot"), "{fault}");
    assert!(check("{{ anything }}").is_ok());
    assert_eq!(check("x\n{% endif %}").unwrap_err().line, Some(2));
}

#[test]
fn what_goes_on_for_too_long_or_makes_too_much_ends() {
    let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    assert!(rendered(endless, json!({})).unwrap_err().contains("too much"));
    let long = "{% for a in range(100000) %}{{ text }}{% endfor %}";
    let text = "x".repeat(MOST / 1000);
    assert!(
        rendered(long, json!({"text": text}))
            .unwrap_err()
            .contains("more than 4 MiB")
    );
}

proptest! {
    #[test]
    fn any_text_is_an_answer_and_no_panic(template in ".{0,64}|[{}%# a.|'()\\[\\]-]{0,64}") {
        let _ = check(&template);
        let _ = rendered(&template, json!({"a": [1, "b", {"c": null}]}));
    }

    #[test]
    fn a_text_without_marks_stays_as_it_is(text in "[^{]{0,64}") {
        prop_assert_eq!(rendered(&text, json!({})), Ok(text));
    }
}
