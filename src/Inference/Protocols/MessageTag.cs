namespace Blindsight.Inference.Protocols;

/// <summary>The kind of every message of a session: what a frame must announce where the protocol calls for it.</summary>
internal static class MessageTag
{
    public const ushort Hello = 1;
    public const ushort Welcome = 2;
    public const ushort Plan = 3;
    public const ushort Command = 4;
    public const ushort PublicKey = 5;
    public const ushort BaseOtRequest = 6;
    public const ushort BaseOtResponse = 7;
    public const ushort LaneJoin = 8;
    public const ushort LaneAnswer = 9;

    public const ushort LinearRequest = 16;
    public const ushort LinearResponse = 17;
    public const ushort MaskedInput = 18;

    public const ushort Choices = 32;
    public const ushort LeafMessages = 33;
    public const ushort TreeOpening = 34;
    public const ushort TransferChoices = 35;
    public const ushort TransferCorrections = 36;
    public const ushort SquareOpening = 40;
    public const ushort SquareNumbers = 42;
    public const ushort Output = 41;
    public const ushort GarblingKey = 48;
    public const ushort GarbledCircuits = 49;
    public const ushort Labels = 50;
}
