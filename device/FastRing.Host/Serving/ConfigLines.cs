using System.Globalization;
using System.Text.Json;

namespace FastRing.Host.Serving;

/// <summary>Where each member of a JSON file stands, so that what is wrong with its value can be told with a line.</summary>
internal sealed class ConfigLines
{
    private readonly Dictionary<string, int> _lines = new() { [""] = 1 };

    /// <summary>Reads a file that is known to be JSON, with comments and trailing commas.</summary>
    public ConfigLines(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var open = new Stack<Container>();
        string place = "";
        int line = 1;
        long counted = 0;
        while (reader.Read())
        {
            line += json[(int)counted..(int)reader.TokenStartIndex].Count((byte)'\n');
            counted = reader.TokenStartIndex;
            place = Enter(ref reader, open, place, line);
        }
    }

    /// <summary>The line of a member, counted from 1; of what holds it when the file has none.</summary>
    /// <param name="place">A path such as <c>guests[0].ports[1].name</c>.</param>
    public int Of(string place)
    {
        int line;
        while (!_lines.TryGetValue(place, out line))
        {
            place = place[..Math.Max(place.LastIndexOfAny(['.', '[']), 0)];
        }

        return line;
    }

    private string Enter(ref Utf8JsonReader reader, Stack<Container> open, string place, int line)
    {
        if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
        {
            open.Pop();
            return place;
        }

        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            string parent = open.Peek().Place;
            place = parent.Length == 0 ? reader.GetString()! : $"{parent}.{reader.GetString()}";
            _lines.TryAdd(place, line);
            return place;
        }

        if (open.TryPeek(out Container? list) && list.IsList)
        {
            place = string.Create(CultureInfo.InvariantCulture, $"{list.Place}[{list.Count++}]");
            _lines.TryAdd(place, line);
        }

        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            open.Push(new Container(place, reader.TokenType == JsonTokenType.StartArray));
        }

        return place;
    }

    /// <summary>An object or a list the reader is within.</summary>
    private sealed record Container(string Place, bool IsList)
    {
        public int Count { get; set; }
    }
}
