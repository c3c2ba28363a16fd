using System.Collections.Generic;
using System.Globalization;
using System.Text;

// Enough of JSON for tests: objects, arrays, text, decimal numbers (as text), true, false, null.
internal sealed class Json
{
    private readonly string text;
    private int at;

    private Json(string text)
    {
        this.text = text;
    }

    internal static object Parse(string text)
    {
        return new Json(text).Value();
    }

    private object Value()
    {
        Blank();
        switch (text[at])
        {
            case '{':
                return Object();
            case '[':
                return Array();
            case '"':
                return Text();
            default:
                int begin = at;
                while (at < text.Length && ",]} \r\n".IndexOf(text[at]) < 0)
                {
                    at++;
                }
                return text.Substring(begin, at - begin);
        }
    }

    private Dictionary<string, object> Object()
    {
        var members = new Dictionary<string, object>();
        at++;
        for (Blank(); text[at] != '}'; Separator('}'))
        {
            string name = Text();
            Blank();
            at++;
            members[name] = Value();
        }
        at++;
        return members;
    }

    private List<object> Array()
    {
        var items = new List<object>();
        at++;
        for (Blank(); text[at] != ']'; Separator(']'))
        {
            items.Add(Value());
        }
        at++;
        return items;
    }

    private void Separator(char end)
    {
        Blank();
        if (text[at] != end)
        {
            at++;
            Blank();
        }
    }

    private string Text()
    {
        var value = new StringBuilder();
        for (at++; text[at] != '"'; at++)
        {
            if (text[at] != '\\')
            {
                value.Append(text[at]);
                continue;
            }
            at++;
            switch (text[at])
            {
                case 'n': value.Append('\n'); break;
                case 'r': value.Append('\r'); break;
                case 't': value.Append('\t'); break;
                case 'b': value.Append('\b'); break;
                case 'f': value.Append('\f'); break;
                case 'u':
                    value.Append((char)int.Parse(text.Substring(at + 1, 4), NumberStyles.HexNumber));
                    at += 4;
                    break;
                default: value.Append(text[at]); break;
            }
        }
        at++;
        return value.ToString();
    }

    private void Blank()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }
    }
}
