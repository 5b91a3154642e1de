using Blindsight.Inference.Costs;
using Blindsight.Transport.Emulation;

namespace Blindsight.Cli.Files;

/// <summary>Links as predictions take them.</summary>
internal static class LinkSpeeds
{
    public static LinkSpeed Of(LinkProfile link) => new(link.BitsPerSecond, link.DelayMs);

    /// <summary>The link of that name.</summary>
    public static LinkSpeed Named(string name) => Of(LinkProfile.Named(name));
}
