namespace Blindsight.Inference.Deployments.TwoServers;

/// <summary>The kind of every message of this deployment; numbers that no session of two parties uses.</summary>
internal static class TwoServersTag
{
    public const ushort Seeds = 128;
    public const ushort Corrections = 129;
    public const ushort CommonKeys = 130;

    public const ushort Greeting = 134;
    public const ushort Agreement = 135;
    public const ushort WeightOpening = 136;
    public const ushort TensorOpening = 137;
    public const ushort NumberOpening = 138;
    public const ushort TreeOpening = 139;
    public const ushort LastOpening = 140;
    public const ushort TopBits = 141;

    public const ushort DealerHello = 144;
    public const ushort DealerWelcome = 145;
    public const ushort DealerAsk = 146;

    public const ushort PeerHello = 148;
    public const ushort PeerNotice = 149;
    public const ushort PeerOrder = 150;
    public const ushort PeerAnswer = 151;
}
