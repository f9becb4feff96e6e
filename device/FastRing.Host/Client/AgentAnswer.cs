using System.Text.Json;
using Spectre.Console;

namespace FastRing.Host.Client;

/// <summary>An agent's answer for people: members as lines, lists of objects as tables.</summary>
internal static class AgentAnswer
{
    public static void Show(JsonElement answer)
    {
        if (IsListOfObjects(answer))
        {
            Output.Show(TableOf(answer));
            return;
        }

        foreach (string line in Lines(answer))
        {
            Output.Line(line);
        }
    }

    /// <summary>"name: value", one a member; an element a line of a list.</summary>
    public static IEnumerable<string> Lines(JsonElement answer) => answer.ValueKind switch
    {
        JsonValueKind.Object => answer.EnumerateObject().SelectMany(Member),
        JsonValueKind.Array when answer.GetArrayLength() == 0 => ["none"],
        JsonValueKind.Array => answer.EnumerateArray().Select(Cell),
        _ => [Cell(answer)],
    };

    /// <summary>A column for each member any of the objects has.</summary>
    public static Table TableOf(JsonElement objects)
    {
        string[] members = [.. objects.EnumerateArray().SelectMany(o => o.EnumerateObject()).Select(m => m.Name).Distinct()];
        Table table = Output.Columns([.. members.Select(m => Markup.Escape(Heading(PlainText.Of(m))))]);
        foreach (JsonElement element in objects.EnumerateArray())
        {
            table.Row(members.Select(m => element.TryGetProperty(m, out JsonElement value) ? Cell(value) : "-"));
        }

        return table;
    }

    private static IEnumerable<string> Member(JsonProperty member) => IsListOfObjects(member.Value)
        ? [$"{PlainText.Of(member.Name)}:", .. member.Value.EnumerateArray().Select(e => $"  {Cell(e)}")]
        : [$"{PlainText.Of(member.Name)}: {Cell(member.Value)}"];

    private static bool IsListOfObjects(JsonElement value) =>
        value.ValueKind is JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(e => e.ValueKind is JsonValueKind.Object);

    /// <summary>hardwareAddress is HARDWARE ADDRESS.</summary>
    private static string Heading(string member) =>
        string.Concat(member.Select(c => char.IsAsciiLetterUpper(c) ? $" {c}" : $"{char.ToUpperInvariant(c)}"));

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "-",
        JsonValueKind.String => PlainText.Of(value.GetString()!),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Array when value.GetArrayLength() == 0 => "-",
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Cell)),
        JsonValueKind.Object => string.Join(" ", value.EnumerateObject().Select(m => $"{PlainText.Of(m.Name)}={Cell(m.Value)}")),
        _ => PlainText.Of(value.GetRawText()),
    };
}
