-- What an avatar's bytes are as a string: a picture becomes a data: URL, text
-- stays that text, no bytes are no avatar, and anything else is kept as a data:
-- URL of unknown type. A signature decides before the text does, because some
-- pictures are valid UTF-8. encode() breaks base64 into lines, a URL must not.
CREATE FUNCTION followgraph_avatar_string(picture bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  media_type text := CASE
    WHEN substring(picture FROM 1 FOR 8) = decode('89504e470d0a1a0a', 'hex') THEN 'image/png'
    WHEN substring(picture FROM 1 FOR 3) = decode('ffd8ff', 'hex') THEN 'image/jpeg'
    WHEN substring(picture FROM 1 FOR 6) IN ('GIF87a'::bytea, 'GIF89a'::bytea) THEN 'image/gif'
    WHEN substring(picture FROM 1 FOR 4) = 'RIFF'::bytea AND substring(picture FROM 9 FOR 4) = 'WEBP'::bytea THEN 'image/webp'
  END;
BEGIN
  IF media_type IS NULL THEN
    BEGIN
      RETURN nullif(convert_from(picture, 'UTF8'), '');
    EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
      media_type := 'application/octet-stream';
    END;
  END IF;
  RETURN 'data:' || media_type || ';base64,' || translate(encode(picture, 'base64'), chr(10), '');
END
$$;

ALTER TABLE users ALTER COLUMN avatar TYPE character varying USING followgraph_avatar_string(avatar);

DROP FUNCTION followgraph_avatar_string(bytea);
