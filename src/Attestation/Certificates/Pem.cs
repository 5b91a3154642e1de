using System.Text;

namespace Blindsight.Attestation.Certificates;

/// <summary>
/// PEM (RFC 7468, strict form): lines of 64 characters of canonical base64 between the two labels, nothing between or after the
/// certificates but line ends and one closing zero byte. So there is one text for each chain, and a changed byte shows.
/// </summary>
internal static class Pem
{
    private const int LineCharacters = 64, CertificatesMax = 4;

    private const string Begin = "-----BEGIN CERTIFICATE-----", End = "-----END CERTIFICATE-----";

    /// <summary>The DER of each certificate, one to four.</summary>
    /// <exception cref="AttestationException">CertificateMalformed; CollateralMissing for no text at all.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ReadOnlySpan<byte> text, string place)
    {
        if (text.IsEmpty) throw new AttestationException(AttestationFault.CollateralMissing, place, "was not given");
        if (text[^1] == 0) text = text[..^1];
        if (text.ContainsAnyExceptInRange((byte)'\n', (byte)'z')) throw Malformed(place, "has a byte that PEM does not use");
        List<ReadOnlyMemory<byte>> found = [];
        string[] lines = Encoding.ASCII.GetString(text).Split('\n');
        for (int at = 0; at < lines.Length;)
        {
            if (found.Count > 0 && Line(at).Length == 0)
            {
                at++;
                continue;
            }
            if (Line(at) != Begin) throw Malformed(place, $"line {at + 1} is not the beginning of a certificate");
            StringBuilder body = new();
            for (at++; at < lines.Length && Line(at) != End; at++) body.Append(CheckLine(at));
            if (at == lines.Length) throw Malformed(place, "a certificate does not end");
            at++;
            if (found.Count == CertificatesMax) throw Malformed(place, $"more than {CertificatesMax} certificates");
            found.Add(Decode(body.ToString(), place));
        }
        if (found.Count == 0) throw Malformed(place, "no certificate");
        return found;

        string Line(int at) => lines[at].EndsWith('\r') ? lines[at][..^1] : lines[at];

        string CheckLine(int at)
        {
            string line = Line(at);
            bool last = at + 1 < lines.Length && Line(at + 1) == End;
            if (line.Length is 0 or > LineCharacters || (line.Length < LineCharacters && !last))
                throw Malformed(place, $"line {at + 1} has {line.Length} characters");
            return line;
        }
    }

    private static ReadOnlyMemory<byte> Decode(string body, string place)
    {
        byte[] der = new byte[body.Length / 4 * 3];
        // Decoding skips white space and ignores the unused bits of the last character; encoding again tells.
        if (!Convert.TryFromBase64String(body, der, out int written) || Convert.ToBase64String(der, 0, written) != body)
            throw Malformed(place, "base64 that is not canonical");
        return der.AsMemory(0, written);
    }

    private static AttestationException Malformed(string place, string message) => new(AttestationFault.CertificateMalformed, place, message);
}
