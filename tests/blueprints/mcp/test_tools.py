def test_claude_creates_a_tag_and_finds_it_in_the_list(claude):
    made = claude.result("create_tag", label="Sales", color="red")
    assert claude.result("list_tags")["tags"] == [{"id": made["id"], "label": "Sales", "color": "red", "profiles": 0}]
